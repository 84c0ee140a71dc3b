"""Check a published draw with Python's standard library alone: python verify_draw.py BUNDLE [PUBLISHED_COMMITMENT]

Written after docs/verifiable-draw.md, it shares no code with the program that drew. It checks every hash, the
commitment, the secret, the seed, and from the seed the order of items and options of every paper. Which items a
paper holds is derived again by `exam-service verify-draw`, which needs the program. Exit status 0: nothing found.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path

ALGORITHM = "sat-hach-draw/1"
SLOT = ("position", "version_id", "content_hash", "option_order", "pretest")


def canonical(value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256(value):
    return hashlib.sha256(canonical(value)).hexdigest()


def derive(key, *labels):
    parts = [label if isinstance(label, bytes) else label.encode() for label in labels]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()


class Stream:
    """16-bit words of HMAC-SHA-256(key, counter), counter = 0, 1, 2 … as 8 bytes big-endian."""

    def __init__(self, key):
        self.key, self.counter, self.left = key, 0, b""

    def below(self, bound):
        if bound == 1:
            return 0
        limit = 65536 - 65536 % bound
        while True:
            if not self.left:
                block = self.counter.to_bytes(8, "big")
                self.left = hmac.new(self.key, block, hashlib.sha256).digest()
                self.counter += 1
            word, self.left = int.from_bytes(self.left[:2], "big"), self.left[2:]
            if word < limit:
                return word % bound

    def shuffled(self, values):
        result = list(values)
        for place in range(len(result) - 1, 0, -1):
            other = self.below(place + 1)
            result[place], result[other] = result[other], result[place]
        return result


def option_order(item, stream):
    options = item["options"]
    if item["locked"]:
        return options
    result, start = list(options), 0
    for size in item.get("groups", [len(options)]):
        free = [i for i in range(start, start + size) if options[i] not in item["pinned"]]
        for place, source in zip(free, stream.shuffled(free), strict=True):
            result[place] = options[source]
        start += size
    return result


def check_paper(paper, place, bundle, items, seed):
    form, key = paper["form"], paper["candidate_key"]
    if sha256(form) != paper["form_sha256"]:
        yield f"{place}: form_sha256 is not the hash of the form"
    if form["candidate_key"] != key:
        yield f"{place}: the form is another candidate's"
    stream = Stream(derive(seed, "paper", key))
    position = 0
    for number, section in enumerate(form["sections"]):
        chosen = sorted(slot["version_id"] for slot in section["slots"])
        if bundle["blueprint"]["sections"][number]["shuffled"]:
            chosen = stream.shuffled(chosen)
        for slot, version in zip(section["slots"], chosen, strict=True):
            position += 1
            item = items.get(version)
            if item is None:
                yield f"{place}: item version {version} is not in the pool"
                return
            right = [position, version, item["content_hash"], option_order(item, stream), item.get("pretest")]
            if [slot.get(name) for name in SLOT] != right:
                yield f"{place}: slot {position} is not the one that was drawn"
                return


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
        right = manifest[committed]
        if len(found) != len(right):
            yield f"{part}: {len(found)} entries, {len(right)} committed to"
        yield from (
            f"{part}[{i}]: changed" for i, (a, b) in enumerate(zip(found, right, strict=False)) if a != b
        )


def check(data, published=None):
    bundle = json.loads(data)
    if canonical(bundle) != data:
        yield "bundle: not in canonical spelling"
    yield from check_inputs(bundle, published)
    entropy, committed = bundle["public_entropy"], bytes.fromhex(bundle["commitment"])
    seed = derive(bytes.fromhex(bundle["secret"]), ALGORITHM, "seed", committed, entropy)
    if derive(seed, "check").hex() != bundle["seed_check"]:
        yield "seed_check: public entropy, secret or commitment is not what the papers were drawn from"
    items = {item["version_id"]: item for item in bundle["pool"]}
    papers = [(f"papers[{i}]", paper) for i, paper in enumerate(bundle["papers"])]
    papers += [(f"late[{i}].paper", entry["paper"]) for i, entry in enumerate(bundle["late"])]
    if [p["candidate_key"] for p in bundle["papers"]] != [t["candidate_key"] for t in bundle["takers"]]:
        yield "papers: not exactly one for every candidate"
    for place, paper in papers:
        yield from check_paper(paper, place, bundle, items, seed)


def main(arguments):
    try:
        findings = list(check(Path(arguments[0]).read_bytes(), *arguments[1:2]))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        findings = [f"bundle: malformed ({type(error).__name__}: {error})"]
    print("\n".join(findings) or "Nothing found: every hash, the seed and the order of every paper agree.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
