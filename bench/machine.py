"""What the measurements of this folder have in common: the processor's name, and several values as one."""
import statistics


def processor():
    """The processor's name, and its family and model where they have numbers: a name alone is often a family's."""
    fields = {}
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        for line in f:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    name = fields.get("model name") or "implementer %s, part %s" % (
        fields.get("CPU implementer", "?"), fields.get("CPU part", "?"))
    if "cpu family" in fields:
        name += " (family %s, model %s)" % (fields["cpu family"], fields.get("model", "?"))
    return name


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}


def shown(one, scale=1.0, form="%.3g"):
    """The median of a summary, and its ends."""
    return "%s (%s–%s)" % tuple(form % (one[key] * scale) for key in ("median", "min", "max"))
