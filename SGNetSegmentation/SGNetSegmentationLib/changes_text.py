"""What was changed, in words."""

from slicer.i18n import tr as _

from sgnet.config import LesionSettings
from sgnet.lesions.changes import Changes


def changes_text(changes: Changes, run: LesionSettings, now: LesionSettings) -> str:
    """Some lines on the lesions that count now, compared with those of the run itself."""
    lines = [
        _("Now {after} ml, the program gave {before} ml; Dice {dice}.").format(
            after=f"{changes.after_ml:.2f}", before=f"{changes.before_ml:.2f}", dice=f"{changes.dice:.3f}"
        )
    ]
    if run.threshold != now.threshold:
        lines.append(_("Threshold: {before} → {after}").format(before=f"{run.threshold:g}", after=f"{now.threshold:g}"))
    if run.min_volume_mm3 != now.min_volume_mm3:
        sizes = f"{run.min_volume_mm3:g}", f"{now.min_volume_mm3:g}"
        lines.append(_("Smallest: {before} → {after} mm³").format(before=sizes[0], after=sizes[1]))
    if run.min_confidence != now.min_confidence:
        least = f"{run.min_confidence:g}", f"{now.min_confidence:g}"
        lines.append(_("Least confidence: {before} → {after}").format(before=least[0], after=least[1]))
    lines.append(_("Unchanged lesions: {count}").format(count=changes.unchanged))
    for one in changes.changed:
        line = _("Changed {before} → {after}: {old} → {new} ml, Dice {dice}")
        if one.before_name == one.after_name:
            line = _("Changed {before}: {old} → {new} ml, Dice {dice}")
        values = {"old": f"{one.before_ml:.3f}", "new": f"{one.after_ml:.3f}", "dice": f"{one.dice:.3f}"}
        lines.append(line.format(before=one.before_name, after=one.after_name, **values))
    lines += [_("Added {name}: {volume} ml").format(name=name, volume=f"{ml:.3f}") for name, ml in changes.added]
    lines += [
        _("Removed or rejected {name}: {volume} ml").format(name=name, volume=f"{ml:.3f}")
        for name, ml in changes.removed
    ]
    return "\n".join(lines)
