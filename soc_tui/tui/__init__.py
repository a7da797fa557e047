"""The TUI. Shows state and sends commands; nothing in it imports openai, azure or duckdb."""
