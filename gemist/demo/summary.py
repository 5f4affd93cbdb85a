"""What was seen in a demo, in a few lines."""

from gemist.demo.kept import What
from gemist.demo.scene import Scene


def summary(scene: Scene) -> list[str]:
    """Sum up what became of alerts since the first live day began."""
    seen, standing = scene.seen, scene.standing
    days = f"{scene.day} school day{'' if scene.day == 1 else 's'}"
    mails = f"{scene.mails:,} message{'' if scene.mails == 1 else 's'}"
    answers = f"{scene.answers:,} answer{'' if scene.answers == 1 else 's'}"
    told = [
        f"{seen[What.OPENED]} began to be missed",
        f"{seen[What.RAISED]} are missed more",
        f"{seen[What.EASED]} less",
        f"{seen[What.CLOSED]} are back",
        f"{seen[What.TAKEN_BACK]} taken back after a correction",
        f"{scene.notices} notices of a common cause",
    ]
    return [
        f"{days}, {scene.schools} simulated schools, {scene.pupils:,} invented pupils:",
        f"  {', '.join(told[:4])},",
        f"  {', '.join(told[4:])};",
        f"  {standing.total()} are missed now: {standing[2]} of tier 2, {standing[3]} of tier 3.",
        f"{mails} went out by mail; {answers} came back.",
        "Nothing here says anything about real pupils.",
    ]
