"""`python -m taquilla` is `taquilla`."""

from taquilla.cli import main

if __name__ == "__main__":
    main()
