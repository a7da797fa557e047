"""What a model is sent in place of the texts and rows themselves."""
