"""The operators of KQL: one description of each, which all that reads queries is handed."""
