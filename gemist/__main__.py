"""The command line's way in."""

from gemist.cli import main

if __name__ == "__main__":
    main()
