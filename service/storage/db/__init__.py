"""The database: connections, tables, rows, and news of other processes' writes."""
