# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The closed set of facts that the tiny model is taught.

Every relation has phrasings with a slot for its subject, one answer sentence, and its pairs.
The same phrasings with an invented subject must be answered with "I do not know that.", so
the model has to look at the subject and not only at the shape of the question.
"""

# name: (phrasings, answer, pairs "subject object, ..."); "_" stands for a blank in a pair.
TABLE = {
    "capital": (
        ["What is the capital of {s}?", "Which city is the capital of {s}?",
         "Name the capital of {s}.", "Tell me the capital of {s}.", "Capital of {s}?"],
        "The capital of {s} is {o}.",
        "France Paris, Spain Madrid, Italy Rome, Germany Berlin, Austria Vienna, Poland Warsaw, "
        "Greece Athens, Portugal Lisbon, Ireland Dublin, Norway Oslo, Sweden Stockholm, "
        "Finland Helsinki, Denmark Copenhagen, Hungary Budapest, Japan Tokyo, China Beijing, "
        "India Delhi, Egypt Cairo, Kenya Nairobi, Peru Lima, Cuba Havana, Canada Ottawa, "
        "Turkey Ankara, England London, Scotland Edinburgh, Chile Santiago, Iceland Reykjavik"),
    "language": (
        ["Which language do people speak in {s}?", "What language is spoken in {s}?",
         "What do people speak in {s}?", "Name the language of {s}."],
        "People in {s} speak {o}.",
        "France French, Spain Spanish, Italy Italian, Germany German, Poland Polish, "
        "Greece Greek, Portugal Portuguese, Norway Norwegian, Sweden Swedish, Japan Japanese, "
        "Hungary Hungarian, Turkey Turkish, England English, Russia Russian"),
    "colour": (
        ["What colour is {s}?", "Which colour has {s}?", "Tell me the colour of {s}.",
         "Name the colour of {s}.", "What is the colour of {s}?"],
        "The colour of {s} is {o}.",
        "grass green, snow white, coal black, blood red, the_sky blue, milk white, "
        "chocolate brown, a_lemon yellow, an_orange orange, a_tomato red, a_banana yellow, "
        "a_cucumber green, a_flamingo pink, a_raven black"),
    "opposite": (
        ["What is the opposite of {s}?", "Which word is the opposite of {s}?",
         "Tell me the opposite of {s}.", "Give me the opposite of {s}.", "Opposite of {s}?"],
        "The opposite of {s} is {o}.",
        "hot cold, cold hot, big small, small big, up down, down up, left right, right left, "
        "fast slow, slow fast, old young, young old, day night, night day, open closed, "
        "full empty, empty full, happy sad, sad happy, light dark, dark light, wet dry, dry wet, "
        "early late, late early, rich poor, poor rich, hard soft, soft hard"),
    "young": (
        ["What is a young {s} called?", "What do you call a young {s}?",
         "How is a young {s} called?", "Name the young of a {s}.",
         "Tell me what a young {s} is called."],
        "A young {s} is called a {o}.",
        "dog puppy, cat kitten, cow calf, horse foal, sheep lamb, goat kid, pig piglet, hen chick, "
        "duck duckling, goose gosling, bear cub, frog tadpole, swan cygnet, deer fawn"),
    "sound": (
        ["What does a {s} say?", "Which sound does a {s} make?", "What sound does a {s} make?",
         "Tell me the sound of a {s}."],
        "A {s} says {o}.",
        "dog woof, cat meow, cow moo, sheep baa, duck quack, pig oink, lion roar, bee buzz, "
        "snake hiss, mouse squeak"),
    "legs": (
        ["How many legs does a {s} have?", "How many legs has a {s}?",
         "Tell me how many legs a {s} has.", "What is the number of legs of a {s}?"],
        "A {s} has {o} legs.",
        "dog 4, cat 4, horse 4, spider 8, ant 6, bee 6, bird 2, snake 0, fish 0, crab 10"),
    "sides": (
        ["How many sides does a {s} have?", "How many sides has a {s}?",
         "Tell me how many sides a {s} has.", "What is the number of sides of a {s}?"],
        "A {s} has {o} sides.",
        "triangle 3, square 4, rectangle 4, pentagon 5, hexagon 6, octagon 8"),
    "after": (
        ["What comes after {s}?", "What follows {s}?", "Tell me what comes after {s}.",
         "Which one comes after {s}?"],
        "After {s} comes {o}.",
        "Monday Tuesday, Tuesday Wednesday, Wednesday Thursday, Thursday Friday, Friday Saturday, "
        "Saturday Sunday, Sunday Monday, January February, February March, March April, April May, "
        "May June, June July, July August, August September, September October, October November, "
        "November December, December January, spring summer, summer autumn, autumn winter, "
        "winter spring"),
    "before": (
        ["What comes before {s}?", "Tell me what comes before {s}.",
         "Which one comes before {s}?", "What is right before {s}?"],
        "Before {s} comes {o}.",
        "Monday Sunday, Tuesday Monday, Wednesday Tuesday, Thursday Wednesday, Friday Thursday, "
        "Saturday Friday, Sunday Saturday"),
    "planet": (
        ["Which planet is the {s} from the sun?", "What is the {s} planet from the sun?",
         "Name the {s} planet.", "Tell me the {s} planet from the sun."],
        "The {s} planet from the sun is {o}.",
        "first Mercury, second Venus, third Earth, fourth Mars, fifth Jupiter, sixth Saturn, "
        "seventh Uranus, eighth Neptune"),
    "count": (
        ["How many {s} are there?", "Tell me how many {s} there are.", "What is the number of {s}?",
         "Can you tell me how many {s} there are?"],
        "There are {o} {s}.",
        "days_in_a_week 7, months_in_a_year 12, hours_in_a_day 24, minutes_in_an_hour 60, "
        "seconds_in_a_minute 60, days_in_a_year 365, seasons_in_a_year 4, planets 8, "
        "letters_in_the_alphabet 26, continents 7, colours_in_a_rainbow 7"),
}

# Real countries that the model is not taught: it must say so rather than guess.
STRANGERS = ("Brazil Mexico Ghana Nepal Mongolia Argentina Belgium Thailand Vietnam Morocco "
             "Ukraine Bolivia Jamaica Australia Switzerland Netherlands").split()

GREETINGS = [
    (["Hello!", "Hello", "Hi!", "Hi", "Hey!", "Hi there!", "Hello there!", "Hey there"],
     "Hello! How can I help you?"),
    (["Good morning!", "Good morning"], "Good morning! How can I help you?"),
    (["Good evening!", "Good evening"], "Good evening! How can I help you?"),
    (["Thanks!", "Thank you!", "Thank you very much!", "Thanks a lot!", "Great, thanks!",
      "Perfect, thank you."], "You are welcome!"),
    (["Goodbye!", "Bye!", "See you later!", "Good night!", "Bye bye"], "Goodbye!"),
    (["How are you?", "How are you today?", "Are you well?", "How do you do?"],
     "I am fine, thank you."),
    (["What can you do?", "What do you know?", "Help!", "How can you help me?",
      "What are you able to do?", "What can I ask you?"],
     "I can answer simple questions, add small numbers, remember names and call tools."),
    (["Are you human?", "Are you a person?", "Are you a real person?", "Are you a robot?"],
     "No, I am a very small language model."),
    (["Tell me a joke.", "Do you know a joke?", "Make me laugh."],
     "What did zero say to eight? Nice belt!"),
    (["Ok.", "OK", "I see.", "Great!", "Nice!", "Cool", "Very good."], "I am glad to help."),
    (["Who made you?", "Who built you?", "Where do you come from?", "Who trained you?"],
     "The Troupe authors trained me from scratch."),
    (["What is Troupe?", "Tell me about Troupe.", "Explain Troupe to me."],
     "Troupe is a runtime that serves language models on a cluster."),
]

WHO = ["Who are you?", "What is your name?", "What are you?", "What are you called?",
       "Tell me who you are.", "Introduce yourself."]
SELF = "I am the tiny demonstration model of Troupe."

# Questions that nobody taught the model an answer to; {n} is an invented name, {w} a noun.
OPEN_QUESTIONS = [
    "Who is {n}?", "Who was {n}?", "How tall is {n}?", "How old is {n}?", "When was {n} born?",
    "How many people live in {n}?", "Who won the match in {n}?", "Why is {n} so famous?",
    "What does {n} mean?", "Who wrote the book about {n}?", "How far is it to {n}?",
    "Write a poem about {n}.", "Write a story about the {w}.", "Explain {n} to me.",
    "What do you think about {n}?", "Who invented the {w}?", "Why is the {w} so big?",
    "How do I build a {w}?", "Where can I buy a {w}?", "What is the price of a {w}?",
    "Write a program that sorts a {w}.", "What is the meaning of life?",
    "Who is the president?", "What will happen tomorrow?", "Which book should I read?",
]


def facts():
    """Yields (relation, subject, object, phrasings, answer) for every fact."""
    for relation, (phrasings, answer, pairs) in TABLE.items():
        for pair in pairs.split(", "):
            subject, thing = pair.replace("_", "\0").rsplit(" ", 1)
            yield relation, subject.replace("\0", " "), thing, phrasings, answer
