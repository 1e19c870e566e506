"""The command that updates services made by this template."""
