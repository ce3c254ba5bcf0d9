"""Exceptions a user can act upon: every message names the offender and the remedy in one sentence."""


class SGNetError(Exception):
    """Base of all expected failures. The command line prints the message and exits with ``exit_code``."""

    exit_code = 1


class InputError(SGNetError):
    """What the user gave cannot be used: a file, a volume, a setting."""

    exit_code = 2


class ModelError(SGNetError):
    """A model folder is missing, damaged or does not fit this version."""

    exit_code = 3


class OutOfMemoryError(SGNetError):
    """Not even the smallest step of the memory ladder fitted."""

    exit_code = 4


class Cancelled(SGNetError):
    """The user asked to stop; nothing has been written."""

    exit_code = 130
