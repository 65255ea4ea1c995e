"""`python -m scoring.cli` is `callscore`."""

from scoring.cli.main import main

if __name__ == "__main__":  # a worker process imports this module again, and must not start a batch of its own
    main()
