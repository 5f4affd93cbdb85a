"""What was seen in a demo, in a few lines."""

from gemist.demo.kept import What
from gemist.demo.scene import Scene


def summary(scene: Scene) -> list[str]:
    """Sum up what became of alerts since the first live day began."""
    say, seen, standing = scene.say, scene.seen, scene.standing
    gettext, number = say.gettext, say.number
    told = [
        gettext("{count} began to be missed").format(count=number(seen[What.OPENED])),
        gettext("{count} are missed more").format(count=number(seen[What.RAISED])),
        gettext("{count} less").format(count=number(seen[What.EASED])),
        gettext("{count} are back").format(count=number(seen[What.CLOSED])),
        gettext("{count} taken back after a correction").format(
            count=number(seen[What.TAKEN_BACK])
        ),
        gettext("{count} notices of a common cause").format(count=number(scene.notices)),
    ]
    return [
        gettext("{days}, {schools} simulated schools, {pupils} invented pupils:").format(
            days=say.many("{count} school day", "{count} school days", scene.day),
            schools=number(scene.schools),
            pupils=number(scene.pupils),
        ),
        f"  {', '.join(told[:4])},",
        f"  {', '.join(told[4:])};",
        "  "
        + gettext("{missed} are missed now: {targeted} of tier 2, {intensive} of tier 3.").format(
            missed=number(standing.total()),
            targeted=number(standing[2]),
            intensive=number(standing[3]),
        ),
        gettext("{messages} went out by mail; {answers} came back.").format(
            messages=say.many("{count} message", "{count} messages", scene.mails),
            answers=say.many("{count} answer", "{count} answers", scene.answers),
        ),
        gettext("Nothing here says anything about real pupils."),
    ]
