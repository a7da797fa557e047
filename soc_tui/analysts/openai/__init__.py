"""The model analyst: any server that speaks OpenAI chat completions."""
