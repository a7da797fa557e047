"""Plain typed data that every other room shares. Imports nothing of ours, no I/O, no heavy library."""
