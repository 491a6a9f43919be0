"""Parts of the first revision, which is frozen as a whole once it has been released."""
