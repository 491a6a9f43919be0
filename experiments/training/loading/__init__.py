"""Users' loaders and data: repeatable in every epoch and after a resumption, and the same in every trial."""
