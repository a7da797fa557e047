"""KQL as text: tokens, strings, literals, brackets, and the ANTLR parse tree."""
