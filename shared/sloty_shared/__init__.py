"""What Sloty's services have in common: models, rules of time, database access and web conventions."""
