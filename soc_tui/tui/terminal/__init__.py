"""The terminal: clipboard, frames, key queue, painting. All private reaches into Textual."""
