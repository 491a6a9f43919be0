"""The MLflow projection: MLflow made equal to our tables, run by run."""
