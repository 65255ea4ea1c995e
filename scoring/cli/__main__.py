"""`python -m scoring.cli` is `callscore`."""

from scoring.cli.main import main

main()
