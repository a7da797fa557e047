"""The screen. Shows state and sends commands; nothing under it imports openai, azure or duckdb."""
