"""The grammar: the ANTLR parse tree, what its rules mean, and the words of the language."""
