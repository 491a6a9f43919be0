"""Learning curves as the API gives them: which runs are meant, how they are put together, and in what form."""
