"""The steps of one hunt."""
