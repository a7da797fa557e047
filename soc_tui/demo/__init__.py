"""The demo workspace, made from a seed number."""
