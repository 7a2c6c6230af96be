"""``python -m greenlight_cli``."""

from greenlight_cli.main import main

if __name__ == "__main__":
    main()
