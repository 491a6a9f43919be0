"""Studies over HTTP: API, engine, storage, dispatch, tracking, dashboard, command line and client."""
