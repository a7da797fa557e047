"""From settings to a ready hunter: workspace, model, catalog, limits."""
