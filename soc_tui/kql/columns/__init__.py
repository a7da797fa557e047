"""Columns of tables and of what expressions make, as far as the text tells them."""
