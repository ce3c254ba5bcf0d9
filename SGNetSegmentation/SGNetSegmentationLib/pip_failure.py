"""What to tell a user when pip has failed, found in what it said."""

from collections.abc import Sequence

from slicer.i18n import tr as _

_NO_SPACE = ("no space left", "not enough space", "errno 28", "disk quota")
_NO_NETWORK = (
    "name resolution", "getaddrinfo failed", "nodename nor servname", "newconnectionerror", "connection refused",
    "network is unreachable", "cannot connect to proxy", "proxyerror", "connecttimeout", "read timed out",
    "certificate_verify_failed", "sslerror",
)  # fmt: skip
_IN_USE = ("winerror 5", "winerror 32", "access is denied", "being used by another process")
_NOT_WRITABLE = ("permission denied", "errno 13", "read-only file system")
_NOT_FOUND = ("no matching distribution", "could not find a version")


def explain(lines: Sequence[str]) -> str:
    """One sentence with the remedy; what pip said stays in the log."""
    said = "\n".join(lines).lower()

    def any_of(signs: Sequence[str]) -> bool:
        return any(sign in said for sign in signs)

    # The network before "not found": without it pip finds no distribution either, and says both.
    if any_of(_NO_SPACE):
        return _("The disk is full: free some gigabytes, then try again.")
    if any_of(_NO_NETWORK):
        return _("The internet cannot be reached: check the connection, or install from a folder of wheels.")
    if any_of(_IN_USE):
        return _("A file to be replaced is in use: restart Slicer, then try again before anything else.")
    if any_of(_NOT_WRITABLE):
        return _("Slicer's folder cannot be written: install Slicer where you may write, or ask its administrator.")
    if any_of(_NOT_FOUND):
        return _("A package is not to be had for this Python and system; Details names it.")
    return _("The installation did not succeed; Details shows what pip said.")
