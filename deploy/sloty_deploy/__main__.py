"""Starts the command line: python -m sloty_deploy COMMAND."""

from sloty_deploy.commands import main

if __name__ == "__main__":
    main()
