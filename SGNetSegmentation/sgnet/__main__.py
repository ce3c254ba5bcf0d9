"""``python -m sgnet``: the command line, as the Slicer module starts it."""

from sgnet.cli.main import main

if __name__ == "__main__":
    main()
