-- The database of the Prefect server, beside the one of the scores; compose.yaml runs this once.
CREATE DATABASE prefect
