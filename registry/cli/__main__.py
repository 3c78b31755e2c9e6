"""`python -m registry.cli`: the command line where no script is installed."""

from registry.cli.main import main

main()
