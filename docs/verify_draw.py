"""Check a published draw with Python alone: python verify_draw.py BUNDLE [PUBLISHED_COMMITMENT [LAST_LATE_VALUE]]

After docs/verifiable-draw.md, sharing no code with the program that drew: every hash, commitment, secret and seed, the
chain of late papers, the order of items and options. That a paper holds these items `exam-service verify-draw` shows.
"""

import hashlib
import hmac
import itertools
import json
import struct
import sys
from pathlib import Path

ALGORITHM, LATE = "sat-hach-draw/1", "sat-hach-late/1"
SLOT = ("position", "version_id", "content_hash", "option_order", "pretest")


def canonical(value):
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256(value):
    return hashlib.sha256(canonical(value)).hexdigest()


def derive(key, *labels):
    parts = [label if isinstance(label, bytes) else label.encode() for label in labels]
    return hmac.digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")


def words(key):
    """16-bit words of HMAC-SHA-256(key, counter), counter = 0, 1, 2 … as 8 bytes big-endian."""
    for counter in itertools.count():
        yield from struct.unpack(">16H", hmac.digest(key, counter.to_bytes(8, "big"), "sha256"))


def shuffled(values, stream):
    result = list(values)
    for place in range(len(result) - 1, 0, -1):
        limit = 65536 - 65536 % (place + 1)
        other = next(word for word in stream if word < limit) % (place + 1)
        result[place], result[other] = result[other], result[place]
    return result


def option_order(item, stream):
    options, start = item["options"], 0
    result = list(options)
    for size in [] if item["locked"] else item.get("groups", [len(options)]):
        free = [i for i in range(start, start + size) if options[i] not in item["pinned"]]
        for place, source in zip(free, shuffled(free, stream), strict=True):
            result[place] = options[source]
        start += size
    return result


def check_paper(paper, place, bundle, items, seed):
    form, key = paper["form"], paper["candidate_key"]
    if (sha256(form), form["candidate_key"]) != (paper["form_sha256"], key):
        yield f"{place}: form_sha256 is not the hash of a form of this candidate"
    stream = words(derive(seed, "paper", key))
    at = 0
    for number, section in enumerate(form["sections"]):
        chosen = sorted(slot["version_id"] for slot in section["slots"])
        if bundle["blueprint"]["sections"][number]["shuffled"]:
            chosen = shuffled(chosen, stream)
        for slot, version in zip(section["slots"], chosen, strict=True):
            at += 1
            item = items.get(version)
            right = item and [
                at,
                version,
                item["content_hash"],
                option_order(item, stream),
                item.get("pretest"),
            ]
            if [slot.get(name) for name in SLOT] != right:
                yield f"{place}: slot {at} is not the one that was drawn"
                return


def check_late(bundle, items, seed, published):
    chain, known = bundle["commitment"], {taker["candidate_key"] for taker in bundle["takers"]}
    for i, entry in enumerate(bundle["late"]):
        key, digest = entry["taker"]["candidate_key"], entry["paper"]["form_sha256"]
        link = {"algorithm": LATE, "number": i + 1, "previous": chain, "form_sha256": digest}
        value = sha256(link | {"taker_sha256": sha256(entry["taker"])})
        found = [entry["number"], entry["previous"], entry["chain"], entry["paper"]["candidate_key"]]
        if found != [i + 1, chain, value, key] or key in known:
            yield f"late[{i}]: not the next in the chain of late papers"
        known.add(key)
        own = derive(seed, LATE, (i + 1).to_bytes(8, "big"), bytes.fromhex(chain), key)
        yield from check_paper(entry["paper"], f"late[{i}].paper", bundle, items, own)
        chain = value
    if published not in (None, chain):
        yield "late: the last value of the chain is not the one published"


def check_inputs(bundle, published):
    manifest = bundle["manifest"]
    if manifest["algorithm"] != ALGORITHM:
        yield f"manifest.algorithm: {manifest['algorithm']} is not {ALGORITHM}"
    if published is not None and bundle["commitment"] != published:
        yield "commitment: not the one published before the sitting"
    if sha256(manifest) != bundle["commitment"]:
        yield "manifest: its hash is not the commitment"
    secret = bytes.fromhex(bundle["secret"])
    if secret.hex() != bundle["secret"] or hashlib.sha256(secret).hexdigest() != manifest["secret_sha256"]:
        yield "secret: not the one committed to"
    for part in ("blueprint", "options"):
        if sha256(bundle[part]) != manifest[f"{part}_sha256"]:
            yield f"{part}: not the one committed to"
    pool = [[item["version_id"], item["content_hash"], sha256(item)] for item in bundle["pool"]]
    takers = [[taker["candidate_key"], sha256(taker)] for taker in bundle["takers"]]
    for part, found, committed in (("pool", pool, "items"), ("takers", takers, "candidates")):
        pairs = enumerate(itertools.zip_longest(found, manifest[committed]))
        yield from (f"{part}[{i}]: changed, added or missing" for i, (one, other) in pairs if one != other)


def check(data, published=None, chain=None):
    bundle = json.loads(data)
    if canonical(bundle) != data:
        yield "bundle: not in canonical spelling"
    yield from check_inputs(bundle, published)
    secret, committed = bytes.fromhex(bundle["secret"]), bytes.fromhex(bundle["commitment"])
    seed = derive(secret, ALGORITHM, "seed", committed, bundle["public_entropy"])
    if derive(seed, "check").hex() != bundle["seed_check"]:
        yield "seed_check: public entropy, secret or commitment is not what the papers were drawn from"
    items = {item["version_id"]: item for item in bundle["pool"]}
    if [p["candidate_key"] for p in bundle["papers"]] != [t["candidate_key"] for t in bundle["takers"]]:
        yield "papers: not exactly one for every candidate"
    for i, paper in enumerate(bundle["papers"]):
        yield from check_paper(paper, f"papers[{i}]", bundle, items, seed)
    yield from check_late(bundle, items, seed, chain)


def main(arguments):
    try:
        findings = list(check(Path(arguments[0]).read_bytes(), *arguments[1:3]))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        findings = [f"bundle: malformed ({type(error).__name__}: {error})"]
    print("\n".join(findings) or "Nothing found: every hash, the seed and the order of every paper agree.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
