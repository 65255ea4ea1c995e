"""What agents, customers and recorded prompts say: phrases with the evidence each gives, in nats.

The weights are set by hand from how telephone service is spoken; +1 makes a role 2.7 times as likely. They are the
same for every company, so nothing here names one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scoring.calls import CallInfo, Direction


@dataclass(frozen=True, slots=True)
class Evidence:
    """How strongly something speaks for each role, in nats."""

    agent: float = 0.0
    customer: float = 0.0
    system: float = 0.0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.agent + other.agent, self.customer + other.customer, self.system + other.system)


# evidence for an agent, a customer, a recorded prompt; then the phrase, in lower case without commas and full stops
_TABLE: tuple[tuple[float, float, float, str], ...] = (
    # opening
    (2.5, -2.0, 2.0, r"\b(thanks|thank you) for (calling|choosing|contacting|phoning|ringing)\b"),
    (3.0, -2.0, -2.0, r"\bhow (can|may|could|might) (i|we) (help|assist|direct)\b|\bwhat can (i|we) do for you\b"),
    (2.0, -1.0, -2.0, r"\bthis is \w+( \w+)? (with|from|at|calling from|calling on behalf|in)\b|\b\w+ speaking\b"),
    (1.0, 0.2, -2.0, r"^(hi |hello |good \w+ )?(and )?this is \w+$"),
    (0.4, 0.4, -2.0, r"\bmy name is\b|\bmy name's\b"),
    (1.5, -0.5, -1.0, r"\byou('re| are) (speaking|talking|through) (with|to)\b|\byou're through to\b"),
    (2.0, -1.0, -1.0, r"\b(on|over) a recorded line\b"),
    # asking for data, exploring
    (2.2, -1.0, -1.5, r"\b(can|may|could) i (please |just )?(have|get|take|grab|confirm|verify) "
     r"(your|you|the|a (good|contact|phone|name))\b|"
     r"\b(can|may|could) i (please |just )?(ask|place|put)\b"),
    (1.8, -1.0, -1.0, r"\b(what is|what's|what was|and|is) your (first|last|full|name|phone|number|email|address|zip|"
     r"postcode|date|account|policy|call ?back|best|current|order|booking)\b"),
    (1.5, -0.7, -0.5, r"\b(can|could|would) you (please |just )?(verify|confirm|spell|provide|repeat|read me|describe|"
     r"bear with)\b"),
    (1.3, -0.5, 0.0, r"\bwould you (like|prefer|mind|be interested)\b|\bwhich (one|day|size|kind) would you\b"),
    (0.9, -0.4, 0.0, r"\bare you (able|looking|interested|calling|the owner|happy|near|free|okay)\b"),
    (0.5, -0.2, 0.0, r"\b(do|did|have) you (know|own|want|need|have|had|tried|noticed|currently|happen)\b.*\?"),
    (1.2, -0.5, 0.0, r"\b(what|which) (day|time|date)( \w+)? (would|works|suits|do you)\b"),
    (1.0, -0.5, 0.0, r"\b(so )?you('re| are) (saying|calling|looking|wanting)\b|\bam i (correct|right)\b|"
     r"\bis that (right|correct)\b"),
    (0.9, -0.2, 0.0, r"\b(and|so|okay|alright) (what|who|when|where|how|is|are|do|did|was)\b.*\?"),
    # doing
    (1.8, -0.5, -0.5, r"\blet me (just |go ahead and |quickly )?(pull|check|look|see|get|verify|find|take|transfer|"
     r"connect|put|bring|make|read|double|confirm|repeat|sort|ask|explain)\b|\blet's (see|get|take|check)\b"),
    (1.2, -0.5, 0.0, r"\bi('ll| will| can| am going to|'m going to) (just |also |go ahead and )*(transfer|connect|send|"
     r"book|schedule|check|look|pull|put|set|arrange|waive|refund|credit|order|cancel|email|text|note|ask|raise|"
     r"make sure|see|get)\b"),
    (2.0, -0.5, 0.0, r"\bi('ve| have) (just |now )?(scheduled|ordered|transferred|booked|updated|sent|added|cancelled|"
     r"canceled|refunded|credited|arranged|raised|noted|set|replaced|taken off|put)\b"),
    (1.0, -0.5, 1.0, r"\b(one|just a|a|give me (just )?a|give me one|just one) (moment|second|sec|minute)\b|"
     r"\bbear with me\b|\bhold on\b"),
    (3.0, -1.0, 0.0, r"\b(place|put|placing|putting|pop) you on (a )?(brief |quick |short )?hold\b"),
    (2.0, -1.0, 1.0, r"\b(thanks|thank you) (so much |very much )?for (your patience|holding|waiting|your time|bearing|"
     r"being|staying|confirming|letting)\b"),
    (1.5, -0.5, 0.0, r"\b(transfer|connect|put) you (to|over|through|with)\b|\bget you (over|set|scheduled|booked)\b"),
    (1.0, -0.5, -1.0, r"\bi('m| am) (just )?"
     r"(connecting|transferring|putting|passing|sending|checking|looking|going)\b"),
    (1.0, -0.5, 0.2, r"\bour (system|records|technicians?|team|office|department|schedule|service|engineers?|policy|"
     r"website|driver|warehouse|depot|supervisor|manager|company)\b"),
    (0.7, -0.4, 0.2, r"\bwe (do|don't|can|can't|could|offer|have|would|will|require|charge|cover|also|recommend|are|"
     r"only|just|service)\b|\bwe('ll|'re|'d)\b"),
    (1.2, -0.5, 0.0, r"\byou('re| are) all set\b|\byou('re| are) (booked|scheduled|good to go)\b|"
     r"\byou('ll| will) (get|receive|have|see|need)\b"),
    (1.0, -0.3, 0.2, r"\byour (appointment|balance|account|order|refund|booking|payment|technician|card|policy|claim|"
     r"parcel|bill) (is|has|was|will|should|shows|comes)\b"),
    (0.8, -0.2, 0.0, r"\b(i see|i show|i'm showing|i'm seeing|it looks like|it says|we have you)\b"),
    (0.8, -0.3, 0.0, r"\bfor you\b(?!r)|\bon (my|our) (end|side)\b|\bin (my|our|the) system\b"),
    (1.5, -0.5, -1.0, r"\bi (just |only )?need to (verify|get|confirm|collect|ask|check|take)\b"),
    # feeling with the other, closing
    (1.6, -0.8, -1.0, r"\bi('m| am) (so |really |very |terribly )?sorry (to hear|about|for|that|you)\b|"
     r"\bi (do |sincerely |completely |can )?(apologi[sz]e|understand (how|why|that|your))\b"),
    (1.8, -1.0, -1.0, r"\b(happy|glad|pleased|delighted) to (help|assist|look|do|hear)\b|\bi can help (you )?with\b|"
     r"\b(i can|we can|let me) help\b"),
    (3.5, -1.5, -1.0, r"\banything else\b.*\?|\banything else (that )?(i|we) can\b|\bis there anything (else|more)\b"),
    (1.2, -0.3, 0.0, r"\bhave a (great|good|nice|wonderful|lovely|blessed|safe)\b|\benjoy (your|the rest)\b"),
    (1.0, -0.3, -1.0, r"\byou're (very |so )?welcome\b|\bmy pleasure\b|\bno worries\b"),
    (0.5, -0.1, -0.5, r"^(perfect|absolutely|certainly|of course|wonderful|gotcha|got you|no problem|understood)\b"),
    # customers
    (-1.0, 2.0, -2.0, r"\bi('m| am| was|'ve been) (just )?(calling|phoning|ringing) (about|because|to|for|in regards?|"
     r"regarding|on behalf|in)\b|\bi('m| am) calling,"),
    (-0.7, 1.5, -1.5, r"\b(i|we)('ve| have|'ve got| had| got) (a|an|some|this|my) (problem|question|issue|bill|letter|"
     r"e ?mail|appointment|leak|charge|complaint|reservation|booking|parcel|package)\b"),
    (-0.5, 1.2, -1.5, r"\bi('d| would) like (to|a|an|my|some)\b|\bi (was )?(just )?(wondering|want(ed)?|need(ed)?) "
     r"(to|a|an|some|someone|my|it|you|help)\b(?! (verify|get your|confirm|collect|ask|check|take))"),
    (-0.2, 0.6, -1.0, r"\bi('m| am|'ve been| was) (trying|looking|hoping|having)\b"),
    (-0.8, 1.2, -1.5, r"\bmy (bill|account|car|house|home|husband|wife|son|daughter|mother|father|mum|mom|dad|kids?|"
     r"family|appointment|policy|phone|internet|order|parcel|package|card|debit|credit|savings|checking|money|sink|"
     r"toilet|furnace|heater|roof|basement|kitchen|bathroom|garage|apartment|landlord|insurance|job|work|boiler|"
     r"broadband|router|bike|flight|booking|room|keys?|sofa|oven|subscription|neighbou?rs?|birthday|address|"
     r"number|last name|first name|email)\b"),
    (-0.8, 1.6, -1.5, r"\b(i|we)('ve| have) been (waiting|trying|calling|on hold|without|charged|told)\b|"
     r"\bi (called|rang|phoned) (you|last|earlier|yesterday|before|twice|this)\b"),
    (-0.5, 1.2, -1.0, r"\b(do|can|could|would|did|are|will) (you guys|you all|y'all|you folks|you people)\b|"
     r"\byou guys\b"),
    (-0.4, 0.9, -1.0, r"\b(can|could) you (send|come|help|fix|refund|cancel|replace|tell me|give me|get|put me|"
     r"transfer me|do|make|change|take)\b"),
    (-0.4, 0.9, -1.0, r"\bit('s| is|'s been| was| keeps| has) (not|just|been|broken|leaking|making|stopp|under|still|"
     r"gone|dripping|been|dead|really|like)\w*\b|\bit (won't|doesn't|didn't|stopped|just|keeps|broke)\b"),
    (-0.2, 0.5, -1.0, r"\bi (work|think|guess|don't (know|have|want|think|understand|remember|see))\b"),
    (-0.5, 0.9, -1.0, r"\bi (lost|forgot|ordered|bought|received|paid|got|moved|live|have to)\b"),
    (-0.5, 0.9, -1.0, r"\b(do|will|should|would|could|am) i (need|have|get|be|still|just|lose|going)\b|"
     r"\bis there (a|any) (charge|fee|cost|way|chance)\b"),
    (-0.3, 0.8, -1.0, r"\bhow (much|long|soon) (is|does|would|do|will|are)\b|"
     r"\bwhen (will|can|do|are) (you|they|someone)\b"),
    (-1.0, 1.2, -1.0, r"\b(nobody|no one|no ?body) (\w+ )?(called|came|showed|told|answer|picks?)\w*\b|\bridiculous\b|"
     r"\bunacceptable\b|\bfed up\b"),
    (-1.5, 2.0, -1.0, r"\bno ?(that's|that is|that was|that will be|i think that's|that'll be) (it|all|"
     r"everything)\b|^(no )?(that's|that is|i think that's|that'll be) (it|all|everything)\b"),
    (-1.0, 1.2, -1.0, r"\b(thanks|thank you)( \w+){0,3} for (your|the|all your|all the) help\b|\bthanks a lot\b"),
    (-0.7, 1.0, -1.0, r"^(okay |alright |thanks? |thank you |and )*(you too|you as well|same to you)\b"),
    (-0.8, 1.3, -1.0, r"\b(speak|talk) (to|with) (a |your |someone|somebody|the )+"),
    (-0.6, 0.9, -1.0, r"\bcan i (speak|talk|make|schedule|book|cancel|pay|change|come|still|send|do)\b"),
    (-0.3, 0.6, -1.0, r"^(yes|yeah|yep|yup|no|nope|sure|correct|uh huh|right|that's (right|correct|fine|me)|it is|i do|"
     r"i am|i did|that works|that's fine|sounds good)( (yes|yeah|please|ma'am|sir|correct|it is|i do|thanks|thank you|"
     r"that's (right|correct|fine)))*$"),
    (0.6, -0.4, -0.5, r"^(okay|alright|all right|got it|i see|let's see)$"),
    (0.0, 0.0, -1.0, r"\bi('m|'ll|'ve|'d)?\b"),
    (0.2, 0.2, -2.0, r"\b(hello|hi|good (morning|afternoon|evening)) (yes |there )?(this is|it's|i'm|my name)\b"),
    # manner: whom the sentence is about, how it begins
    (0.9, -0.9, 0.9, r"\byour\b"),
    (0.3, -0.2, 0.3, r"\byou\b"),
    (0.4, -0.4, 0.6, r"\b(we|our|we're|we'll)\b"),
    (-0.5, 0.5, -0.5, r"\b(my|mine)\b"),
    (0.3, -0.3, 0.3, r"\bplease\b"),
    (0.5, -0.4, -0.3, r"^(okay |all right |alright )?(and|so)\b"),
    (-0.3, 0.5, -0.5, r"^(no|yes|yeah|yep)\b \w+"),
    (-0.4, 0.5, -0.5, r"^(somebody|\d+)( somebody| \d+)*$"),
    (-0.2, 0.3, -0.5, r"^\w+$"),
    # recorded prompts
    (-2.0, -3.0, 4.0, r"\bpress (the )?(one|two|three|four|five|six|seven|eight|nine|zero|pound|star|hash|\d)\b|"
     r"\bpress or say\b|\bpara espa[nñ]ol\b|\bmarque\b|\boprima\b"),
    (-2.0, -3.0, 3.5, r"\byour call (is|may|might|will|has)\b|\bis (very |so )?important to us\b"),
    (0.0, -2.0, 2.5, r"\bcalls? (may|will|is|are|might|can|could) (also )?be(ing)? (recorded|monitored)\b|"
     r"\bcalls? (is|are) (being )?(recorded|monitored)\b"),
    (-0.5, -1.0, 2.0, r"\bfor (quality|training)( (assurance|control))?( and|or)?( quality| training)?( purposes)?\b"),
    (-1.0, -2.0, 2.0, r"\bplease (stay on the line|hold|continue to hold|remain|wait|listen)\b"),
    (-1.0, -3.0, 3.5, r"\bnext available (agent|representative|associate|operator|advis[eo]r|specialist|person|"
     r"member)\b|\ball (of )?our \w+( \w+)? are (currently|busy|helping|assisting|on)\b|"
     r"\bcurrently (busy|assisting|helping)\b"),
    (-1.0, -2.0, 3.0, r"\bleave (us )?(a |your )?(brief |short |detailed )?(message|name and)\b|"
     r"\b(after|at) the (tone|beep)\b"),
    (-1.0, -2.5, 2.5, r"\b(not|un|isn't|currently) ?available (to|right now|at)\b|\bcan't (take|come to|get to) "
     r"(your|the)\b|\bnot able to (take|answer)\b|\bunable to (take|answer)\b"),
    (-2.0, -2.0, 4.0, r"\b(has|have|been) (been )?forwarded\b|\bvoice ?mail(box)? (of|for|is|system)\b|"
     r"\bthe (person|number|party|customer|subscriber) you\b|\bmailbox is full\b"),
    (-2.0, -2.0, 3.0, r"\bmain menu\b|\blisten (carefully )?(to|as)\b|\b(menu )?options (have|has)\b|"
     r"\bin the order\b|\bestimated wait\b|\bposition in\b|\byou are (number|caller)\b"),
    (-1.0, -2.0, 2.0, r"^for (sales|billing|service|support|english|appointments|all other|anything else|any other|"
     r"questions|hours|existing|new)\b|\bif you (know|would like|are calling|have|need|want|wish)\b.*\b(press|say|dial|"
     r"extension|call|please)\b"),
    (-0.5, -1.5, 1.5, r"\b(office|business|opening|normal|regular) hours\b|\bvisit (us|our website)\b|"
     r"\bfind us (at|on)\b"),
    (0.5, -1.5, 2.0, r"\byou('ve| have) reached\b"),
    (-2.0, -2.0, 3.0, r"\brecord your message\b|\bfinished recording\b|\bwhen you('re| are) (finished|done)\b|"
     r"\bget back to you (as soon|shortly)\b|\breturn your call\b"),
    (-0.5, -1.0, 1.5, r"\bplease (say|enter|dial|visit)\b|"
     r"\b(hang up and )?dial (nine|911|999|112|the extension|zero)\b"),
    (-1.5, -2.5, 3.0, r"\bplease (hold|wait) while\b|\b(transferring|connecting) your call\b|"
     r"\bwe('ll| will) be (right |back )?with you\b|\bwill be (right )?with you (shortly|soon)\b|"
     r"\ban? \w+ will be with you\b|\bdid you know\b.*\bwebsite\b"),
)  # fmt: skip
_CUES = tuple((re.compile(phrase), Evidence(agent, customer, system)) for agent, customer, system, phrase in _TABLE)

_QUESTION = Evidence(agent=0.35, customer=-0.15, system=-1.0)  # agents ask three times as often
_ANSWERED = r"^(?!.*\b(hi|hello|hey|thanks?|okay|ok|bye|goodbye|morning|afternoon|evening|sorry)\b)"  # to the name
_MOST = 6.0  # nats one utterance can give; no utterance alone is certain


def plain(text: str) -> str:
    """Lower case, straight apostrophes, one space, no marks but `?`; redaction tags become one plain word."""
    text = re.sub(r"\[[A-Z][A-Z0-9_ ]*\]", "somebody", text).lower().replace("’", "'")
    return " ".join(re.sub(r"[^\w'?ñ]+", " ", text.replace("?", " ?")).replace(" ?", "?").split())


@lru_cache(maxsize=4096)
def heard_in(text: str) -> Evidence:
    """The evidence of one utterance taken by itself."""
    words = plain(text)
    bare = words.replace("?", "")
    found = [evidence for cue, evidence in _CUES if cue.search(words) or cue.search(bare)]
    total = sum(found, Evidence())
    if text.rstrip().endswith("?"):
        total += _QUESTION
    return Evidence(*(max(-_MOST, min(_MOST, value)) for value in (total.agent, total.customer, total.system)))


def told_by_names(text: str, info: CallInfo) -> Evidence:
    """What the manifest's names add: who says "my name is …", or a name alone, asked or answering a call.

    Nothing when both parties share a name.
    """
    agent, customer = _first(info.agent_name), _first(info.customer_name)
    if agent == customer:
        return Evidence()
    words = plain(text)
    total = Evidence()
    for name, evidence in ((agent, Evidence(2.5, -1.5)), (customer, Evidence(-1.5, 2.5))):
        own = re.escape(name)
        if name and re.search(rf"\b(name is|name's|this is|i'm|it's) {own}\b|\b{own} (speaking|here)\b", words):
            total += evidence
    if agent and re.search(rf"{_ANSWERED}(\w+ ){{1,4}}{re.escape(agent)}$", words):  # "Larkfield Tyres, Dora."
        total += Evidence(2.0, -1.0)
    if customer and re.search(rf"^(it's |yes )?{re.escape(customer)}( \w+)?$", words):  # the answer to "Your name?"
        total += Evidence(-1.0, 2.0)
    return total


def told_by_direction(text: str, info: CallInfo) -> Evidence:
    """On a call made by the company it is the agent who says why he calls."""
    if info.direction is Direction.OUTBOUND and re.search(r"\bi('m| am| was) (just )?(calling|phoning)\b", plain(text)):
        return Evidence(agent=3.5, customer=-3.0)
    return Evidence()


def _first(name: str | None) -> str:
    return plain(name or "").split(" ")[0]
