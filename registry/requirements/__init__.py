"""What each municipality wants: its requirement lists, lines and their versions."""
