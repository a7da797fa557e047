"""What a call costs: model, price, tokens per minute."""
