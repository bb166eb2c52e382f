"""Is a vendor's description read before its device is registered?"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from parking.entrypoints.cli.devices import devices


def test_a_wrong_description_is_refused_key_by_key(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('name = "x"\n[request]\nbody = "smoke"\n')
    # Refused before any database is asked for.
    done = CliRunner().invoke(
        devices, ["add", "云", "sorted_profile", "--kind", "cloud", "--profile", str(profile)]
    )
    assert done.exit_code == 2
    assert "--profile" in done.output and "request.body" in done.output and "sign" in done.output
