"""One training run: a config in, a stream of reports out. Knows nothing of studies, HTTP, databases, MLflow or Ray."""
