"""Plain typed data that every room shares. Imports nothing of ours, no I/O, no heavy library."""
