"""What is better, and how surely: ranking, comparison, confirmation."""
