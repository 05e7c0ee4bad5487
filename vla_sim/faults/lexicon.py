"""Words for the faults of language: other languages, what recognisers mishear, neighbours on a keyboard."""

from __future__ import annotations

from collections.abc import Mapping

GERMAN: Mapping[str, str] = {
    "go": "geh", "drive": "fahr", "move": "beweg dich", "find": "finde", "navigate": "navigiere", "turn": "dreh dich",
    "rotate": "rotiere", "stop": "halt an", "park": "parke", "stand": "steh", "wait": "warte", "face": "schau auf",
    "visit": "besuche", "follow": "folge", "keep": "halte", "look": "schau", "come": "komm", "stay": "bleib",
    "make": "mach", "hold": "halte", "forget": "vergiss", "please": "bitte", "to": "zu", "into": "in", "in": "in",
    "the": "die", "a": "eine", "it": "sie", "and": "und", "then": "dann", "there": "dort", "of": "von", "for": "für",
    "from": "von", "on": "auf", "at": "bei", "with": "mit", "without": "ohne", "but": "aber", "by": "um",
    "your": "dein", "you": "du", "up": "hin", "away": "weg", "between": "zwischen", "front": "vor", "short": "kurz",
    "first": "zuerst", "after": "nach", "that": "das", "is": "ist", "not": "nicht", "no": "nein", "now": "jetzt",
    "goal": "ziel", "wall": "wand", "along": "entlang", "side": "seite", "left": "links", "right": "rechts",
    "straight": "geradeaus", "ahead": "voraus", "forward": "vorwärts", "heading": "richtung", "behind": "hinter",
    "middle": "mitte", "halfway": "halbwegs", "point": "punkt", "least": "mindestens", "coming": "kommend",
    "within": "innerhalb", "never": "nie", "be": "sei", "nearer": "näher", "than": "als", "or": "oder", "more": "mehr",
    "object": "gegenstand", "thing": "ding", "real": "echte", "one": "eine", "picture": "bild", "only": "nur",
    "dark": "dunkel", "light": "licht", "off": "aus", "room": "raum", "facing": "zugewandt", "new": "neu",
    "change": "änderung", "plan": "plan", "instead": "stattdessen", "actually": "eigentlich", "red": "rot",
    "green": "grün", "blue": "blau", "yellow": "gelb", "purple": "lila", "orange": "orange", "cube": "würfel",
    "block": "klotz", "ball": "ball", "cylinder": "zylinder", "cone": "kegel", "metre": "meter", "metres": "metern",
    "degrees": "grad", "kitchen": "küche", "bedroom": "schlafzimmer", "bathroom": "bad", "living": "wohn",
    "study": "arbeitszimmer", "hallway": "flur", "aisle": "gang", "two": "zwei", "three": "drei", "office": "büro",
    "loading": "lade", "dock": "rampe", "packing": "pack", "area": "bereich", "charging": "lade", "station": "station",
}  # fmt: skip

FRENCH: Mapping[str, str] = {
    "go": "va", "drive": "roule", "move": "déplace-toi", "find": "trouve", "navigate": "navigue", "turn": "tourne",
    "rotate": "pivote", "stop": "arrête-toi", "park": "gare-toi", "stand": "tiens-toi", "wait": "attends",
    "face": "regarde", "visit": "visite", "follow": "suis", "keep": "garde", "look": "regarde", "come": "viens",
    "stay": "reste", "make": "fais", "hold": "tiens", "forget": "oublie", "please": "s'il te plaît", "to": "vers",
    "into": "dans", "in": "dans", "the": "le", "a": "un", "it": "lui", "and": "et", "then": "puis", "there": "là",
    "of": "de", "for": "pour", "from": "de", "on": "sur", "at": "à", "with": "avec", "without": "sans", "but": "mais",
    "by": "de", "your": "ton", "you": "toi", "up": "jusque", "away": "loin", "between": "entre", "front": "devant",
    "short": "avant", "first": "d'abord", "after": "après", "that": "cela", "is": "est", "not": "pas", "no": "non",
    "now": "maintenant", "goal": "but", "wall": "mur", "along": "le long", "side": "côté", "left": "gauche",
    "right": "droite", "straight": "tout droit", "ahead": "devant", "forward": "en avant", "heading": "cap",
    "behind": "derrière", "middle": "milieu", "halfway": "mi-chemin", "point": "point", "least": "moins",
    "coming": "venir", "within": "à moins", "never": "jamais", "be": "sois", "nearer": "plus près", "than": "que",
    "or": "ou", "more": "plus", "object": "objet", "thing": "chose", "real": "vrai", "one": "un", "picture": "image",
    "only": "seulement", "dark": "sombre", "light": "lumière", "off": "éteinte", "room": "pièce", "facing": "face à",
    "new": "nouveau", "change": "changement", "plan": "plan", "instead": "plutôt", "actually": "en fait",
    "red": "rouge", "green": "vert", "blue": "bleu", "yellow": "jaune", "purple": "violet", "orange": "orange",
    "cube": "cube", "block": "bloc", "ball": "balle", "cylinder": "cylindre", "cone": "cône", "metre": "mètre",
    "metres": "mètres", "degrees": "degrés", "kitchen": "cuisine", "bedroom": "chambre", "bathroom": "salle de bain",
    "living": "de séjour", "study": "bureau", "hallway": "couloir", "aisle": "allée", "two": "deux", "three": "trois",
    "office": "bureau", "loading": "chargement", "dock": "quai", "packing": "emballage", "area": "zone",
    "charging": "recharge", "station": "station",
}  # fmt: skip

SPANISH: Mapping[str, str] = {
    "go": "ve", "drive": "conduce", "move": "muévete", "find": "encuentra", "navigate": "navega", "turn": "gira",
    "rotate": "rota", "stop": "para", "park": "aparca", "stand": "ponte", "wait": "espera", "face": "mira",
    "visit": "visita", "follow": "sigue", "keep": "mantén", "look": "mira", "come": "ven", "stay": "quédate",
    "make": "haz", "hold": "mantén", "forget": "olvida", "please": "por favor", "to": "a", "into": "dentro de",
    "in": "en", "the": "el", "a": "un", "it": "ello", "and": "y", "then": "luego", "there": "allí", "of": "de",
    "for": "por", "from": "desde", "on": "en", "at": "en", "with": "con", "without": "sin", "but": "pero", "by": "por",
    "your": "tu", "you": "ti", "up": "hasta", "away": "lejos", "between": "entre", "front": "delante",
    "short": "antes", "first": "primero", "after": "después", "that": "eso", "is": "es", "not": "no", "no": "no",
    "now": "ahora", "goal": "meta", "wall": "pared", "along": "a lo largo", "side": "lado", "left": "izquierda",
    "right": "derecha", "straight": "recto", "ahead": "adelante", "forward": "adelante", "heading": "rumbo",
    "behind": "detrás", "middle": "medio", "halfway": "a medio camino", "point": "punto", "least": "menos",
    "coming": "venir", "within": "a menos", "never": "nunca", "be": "estés", "nearer": "más cerca", "than": "que",
    "or": "o", "more": "más", "object": "objeto", "thing": "cosa", "real": "verdadero", "one": "uno",
    "picture": "imagen", "only": "solo", "dark": "oscuro", "light": "luz", "off": "apagada", "room": "sala",
    "facing": "mirando", "new": "nueva", "change": "cambio", "plan": "plan", "instead": "en cambio",
    "actually": "en realidad", "red": "rojo", "green": "verde", "blue": "azul", "yellow": "amarillo",
    "purple": "morado", "orange": "naranja", "cube": "cubo", "block": "bloque", "ball": "pelota",
    "cylinder": "cilindro", "cone": "cono", "metre": "metro", "metres": "metros", "degrees": "grados",
    "kitchen": "cocina", "bedroom": "dormitorio", "bathroom": "baño", "living": "de estar", "study": "estudio",
    "hallway": "pasillo", "aisle": "pasillo", "two": "dos", "three": "tres", "office": "oficina",
    "loading": "carga", "dock": "muelle", "packing": "embalaje", "area": "zona", "charging": "recarga",
    "station": "estación",
}  # fmt: skip

LANGUAGES: tuple[Mapping[str, str], ...] = (GERMAN, FRENCH, SPANISH)

MISHEARD: Mapping[str, str] = {
    "red": "bread", "green": "grain", "blue": "glue", "yellow": "mellow", "purple": "people", "orange": "arrange",
    "cube": "tube", "block": "clock", "ball": "bowl", "cylinder": "silly nerd", "cone": "comb", "box": "fox",
    "go": "no", "drive": "dive", "move": "groove", "find": "fine", "stop": "shop", "turn": "tern", "wait": "weight",
    "face": "case", "visit": "visits", "follow": "hollow", "keep": "heap", "to": "two", "the": "a", "left": "lift",
    "right": "write", "wall": "hall", "straight": "state", "ahead": "a head", "between": "be tween", "metres": "meets",
    "metre": "meter", "degrees": "decrees", "kitchen": "chicken", "bedroom": "bathroom", "bathroom": "bedroom",
    "hallway": "highway", "study": "steady", "living": "leaving", "room": "broom", "aisle": "I'll", "office": "of this",
    "dock": "dog", "charging": "changing", "packing": "parking", "first": "thirst", "then": "den", "and": "end",
    "for": "four", "two": "to", "three": "tree", "one": "won", "dark": "bark", "real": "reel", "picture": "pitcher",
    "near": "ear", "away": "a way", "object": "abject", "thing": "sing", "distance": "this dance", "forget": "for get",
}  # fmt: skip
"""What a recogniser makes of a word that it gets wrong."""

FILLERS = ("um", "uh", "er", "like", "you know", "well", "so", "okay")

NEIGHBOURS: Mapping[str, str] = {
    "a": "sqwz", "b": "vghn", "c": "xdfv", "d": "sfecx", "e": "wrsd", "f": "dgrvc", "g": "fhtbv", "h": "gjynb",
    "i": "uojk", "j": "hkunm", "k": "jlim", "l": "kop", "m": "njk", "n": "bmhj", "o": "ipkl", "p": "ol", "q": "wa",
    "r": "etdf", "s": "adwx", "t": "ryfg", "u": "yijh", "v": "cbfg", "w": "qesa", "x": "zcsd", "y": "tugh", "z": "xas",
}  # fmt: skip
"""Keys beside a key (QWERTY)."""

COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
NOUNS = ("cube", "ball", "cylinder", "cone")
ROOMS = ("kitchen", "bedroom", "bathroom", "hallway", "study", "office")
OPPOSITES: Mapping[str, str] = {
    "left": "right",
    "right": "left",
    "front": "back",
    "behind": "before",
    "before": "behind",
}
