"""English sentences from a grammar: dictation, commands, numbers, dates, names, questions."""

ONES = '''zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen'''.split()
TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split()
ORDINALS = '''first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth
twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first'''.split()


def number(n):
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10 - 2] + ('-' + ONES[n % 10] if n % 10 else '')
    if n < 1000:
        return ONES[n // 100] + ' hundred' + (' and ' + number(n % 100) if n % 100 else '')
    return number(n // 1000) + ' thousand' + (' ' + number(n % 1000) if n % 1000 else '')


LISTS = {
    'name': '''Anna Peter Maria John Sarah David Emma James Laura Michael Julia Robert Alice Thomas Helen Daniel Sophie
        Mark Nina Paul Kate George Lucy Simon Rachel Ben Olivia Henry Grace Sam Claire Adam Ruth Tom Linda Kevin Susan
        Frank Diana Jack Mary William Elizabeth Andrew Barbara Charles Martha Oliver Hannah Leo''',
    'city': '''London Paris New_York Berlin Chicago Boston Madrid Rome Dublin Toronto Sydney Tokyo Amsterdam Vienna
        Edinburgh Manchester Oxford Cambridge Seattle Denver Montreal Brussels Geneva Lisbon Prague Oslo''',
    'month': 'January February March April May June July August September October November December',
    'day': 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday',
    'when': '''today tomorrow tonight now later yesterday this_morning this_afternoon this_evening next_week next_month
        in_the_morning in_the_evening at_noon after_lunch before_dinner at_the_weekend every_day again soon right_now''',
    'past': 'yesterday last_night last_week last_year this_morning a_month_ago two_days_ago an_hour_ago a_long_time_ago',
    'person': '''my_mother my_father my_brother my_sister my_wife my_husband my_son my_daughter my_friend my_neighbour
        my_boss my_teacher the_doctor the_driver the_manager our_team the_children her_parents his_uncle their_aunt
        the_old_man the_young_woman the_boy the_girl everybody nobody somebody the_nurse the_lawyer the_engineer
        the_baker the_gardener the_police the_students the_waiter the_captain my_grandmother my_grandfather''',
    'thing': '''book letter phone key bag coat hat shoe shirt dress cup glass plate knife fork spoon bottle box chair table
        lamp bed window door picture clock radio camera computer screen keyboard printer ticket map umbrella wallet
        passport ring watch pen pencil paper newspaper magazine card gift toy ball bicycle car train bus plane boat
        engine wheel hammer nail rope ladder bucket brush towel blanket pillow mirror candle basket guitar piano drum
        photograph folder document report contract invoice password address number list menu recipe bill receipt
        sandwich cake apple orange banana lemon potato tomato onion carrot egg cheese bread butter soup salad pizza
        coffee tea milk juice water sugar salt pepper chicken fish rice chocolate biscuit''',
    'place': '''house garden kitchen bathroom bedroom office school hospital library museum station airport hotel restaurant
        market shop bank church park beach forest river lake mountain village city street bridge castle farm factory
        theatre cinema university harbour island field corner square garage cellar balcony pharmacy bakery''',
    'adj': '''big small old new good bad long short high low heavy light dark bright warm cold hot cool wet dry clean dirty
        quiet loud fast slow early late easy difficult cheap expensive beautiful ugly strange normal empty full open
        closed broken safe dangerous happy sad tired angry hungry thirsty sick healthy rich poor strong weak soft hard
        sweet bitter sharp round square thick thin wide narrow deep red blue green yellow black white brown grey pink
        important interesting boring famous simple perfect terrible wonderful useful special different similar ready''',
    'animal': '''dog cat horse cow sheep pig goat rabbit mouse bird duck chicken lion tiger bear wolf fox monkey elephant
        snake frog spider bee butterfly fish shark whale eagle owl''',
    'verb_t': '''see find buy sell open close bring take carry move clean wash repair break lose need want like love hate
        remember forget show send check choose use hide throw catch keep paint draw print build count measure borrow''',
    'past_t': '''saw found bought sold opened closed brought took carried moved cleaned washed repaired broke lost needed
        wanted liked loved hated remembered forgot showed sent checked chose used hid threw caught kept painted drew
        printed built counted measured borrowed dropped stole''',
    'verb_i': '''sleep run walk swim dance sing laugh cry wait work rest travel speak listen think dream cook read write
        study play drive fly smile shout whisper leave arrive stay return jump climb fall''',
    'past_i': '''slept ran walked swam danced sang laughed cried waited worked rested travelled spoke listened thought
        dreamed cooked studied played drove flew smiled shouted whispered left arrived stayed returned jumped fell''',
    'adv': '''quickly slowly quietly carefully easily suddenly always never often sometimes usually really probably finally
        immediately together alone outside upstairs perfectly badly well early''',
    'device': '''light lamp radio television heating fan alarm computer printer camera oven washing_machine music dishwasher
        air_conditioning screen microphone speaker''',
    'room': 'kitchen bathroom bedroom living_room office garage garden hall cellar dining_room',
    'app': 'email calendar browser camera settings music map message weather notes clock calculator contacts',
    'unit': 'metres kilometres miles minutes hours days weeks years grams kilos litres degrees percent pages steps people',
    'money': 'dollars pounds euros cents',
    'weather': 'sunny cloudy rainy windy cold warm foggy stormy hot snowing raining',
    'subject': '''history music science mathematics geography chemistry biology physics art sport politics religion law
        medicine literature philosophy economics''',
    'job': '''doctor nurse teacher engineer lawyer farmer baker driver pilot soldier artist writer singer actor scientist
        student cook waiter painter carpenter plumber journalist''',
    'feel': 'happy sad tired angry hungry thirsty sick better worse afraid proud sorry lonely nervous excited fine',
    'body': 'head hand foot arm leg back eye ear nose mouth tooth knee shoulder finger neck stomach heart',
    'greet': 'Hello Hi Good_morning Good_evening Good_afternoon Hey Welcome Thank_you Sorry Excuse_me Please Well Okay',
    'prep': 'in near behind under above beside in_front_of next_to inside outside opposite',
    'country': '''France Germany Spain Italy England Scotland Ireland Canada Australia Japan China India Brazil Mexico Norway
        Sweden Greece Poland Portugal Egypt''',
    'language': 'English French German Spanish Italian Japanese Chinese Portuguese Russian Arabic Dutch',
}

RULES = '''
{greet}, {name}.
{greet}, {name}, how are you {when}?
{greet}, my name is {name} and I live in {city}.
Please {verb_t} the {adj} {thing}.
Could you {verb_t} the {thing} for me, please?
Can you {verb_t} my {thing} and the {thing}?
I would like to {verb_t} a {adj} {thing}.
I want to {verb_t} the {thing} {when}.
I don't want to {verb_t} your {thing}.
{person} {past_t} the {thing} {past}.
{person} {past_t} a {adj} {thing} in the {place}.
{person} {past_i} {adv}, and then {past_i}.
{person} {past_i} {prep} the {place} {past}.
The {thing} is {prep} the {place}.
The {thing} is not {adj}, it's {adj}.
The {adj} {animal} {past_i} {prep} the {adj} {place}.
There is a {animal} {prep} the {thing}.
There are {num} {animal}s in the {place}.
Where is the {thing}?
Where did {person} {verb_i} {past}?
When will {person} {verb_i}?
Why did you {verb_t} the {thing}?
Who {past_t} the {adj} {thing}?
How many {thing}s do you {verb_t}?
How much does the {thing} cost?
What time is it in {city}?
What is the weather like in {city} {when}?
It is {weather} in {city} {when}.
It will be {weather} on {day}.
It costs {num} {money} and {num} cents.
It is {hour} {minute}.
The meeting is at {hour} on {day}.
The train to {city} leaves at {hour} {minute}.
The next bus to the {place} leaves in {num} minutes.
My birthday is on the {ordinal} of {month}.
On {month} {ordinal}, {person} {past_i}.
In the year {year}, we {past_i} in {country}.
Call {name} {when}.
Call {name} at the {place}.
Send a message to {name}.
Send an email to {name}, please.
Tell {name} that I will {verb_i} {when}.
Set an alarm for {hour} {minute}.
Set a timer for {num} minutes.
Remind me to {verb_t} the {thing} at {hour}.
Turn on the {device} in the {room}.
Turn off the {device}.
Turn up the {device}, please.
Switch off all the lights in the {room}.
Open the {app}.
Open the {room} door and close the window.
Close the {app} and open the {app}.
Play some music by {name}.
Play the next song.
Stop the music.
Volume up.
Go back to the {ordinal} page.
Go forward {num} {unit}.
Turn left at the {place}, then go straight for {num} metres.
Turn right after the {place}.
Press {digit} to continue.
My phone number is {digits}.
The code is {digits}.
{digits}.
{num} plus {num} is {num}.
{num} {unit}.
It is {num} {unit} from {city} to {city}.
The temperature is {num} degrees.
Page {num}, line {num}.
I am {num} years old and I am a {job}.
{name} is a {adj} {job} from {country}.
{name} and {name} {past_i} in {city}.
{name} speaks {language} and a little {language}.
Do you speak {language}?
I have been learning {language} for {num} years.
I studied {subject} and {subject} at the university of {city}.
I am {feel} because {person} {past_t} my {thing}.
I feel {feel} {when}.
Are you {feel}?
My {body} hurts, and I feel {feel}.
She has {adj} eyes and a {adj} voice.
If it is {weather}, we will {verb_i} in the {place}.
If you {verb_i} {adv}, you will {verb_i} {when}.
When I was young, I {past_i} in {country}.
I think that the {thing} is too {adj}.
I know that {person} {past_t} it.
You should {verb_i} {adv}.
You must not {verb_t} the {thing}.
We have to {verb_i} before {hour}.
They have never {past_t} such a {adj} {thing}.
Have you ever {past_t} a {animal}?
Let's {verb_i} together {when}.
Let me {verb_t} that {thing}.
Don't {verb_i} in the {place}.
Yes, I {past_t} it {past}.
No, I don't think so.
That's a very {adj} {thing}.
This {thing} is {adj}er than that {thing}.
I need {num} {thing}s, a {thing}, and some {thing}.
We bought {thing}s, {thing}s and {thing}s at the market.
Two coffees and a {thing}, please.
I'd like a table for {num}, please.
Can I have the bill, please?
Dear {name}, thank you for your {thing}.
Best regards, {name}.
I am writing to you about the {adj} {thing}.
Please find the {thing} in the {adj} {thing}.
New paragraph.
Full stop.
The {job} said, I will {verb_i} {when}.
"It's {adj}," said {name}.
Once upon a time, there was a {adj} {animal} in a {adj} {place}.
{person} opened the door and {past_t} a {adj} {animal}.
The {adj} {thing} fell into the {place}.
Every {day}, {person} {past_i} {adv} in the {place}.
Nobody knows why the {animal} {past_i}.
The {place} was {adj} and {adj}.
In the {place}, it was so {adj} that {person} {past_i}.
I can't {verb_t} my {thing}, have you seen it?
We'll {verb_i} as soon as {person} arrives.
It doesn't matter.
I'm sorry, I didn't hear you.
Could you repeat that, please?
See you {when}.
Happy birthday, {name}!
Good luck!
Take care of the {animal}.
What do you think about {subject}?
Which {thing} do you prefer, the {adj} one or the {adj} one?
'''.strip().split('\n')


def slots(rng):
    """What is made afresh for each sentence."""
    def num():
        k = rng.random()
        return number(rng.randint(2, 12) if k < .3 else rng.randint(2, 99) if k < .75 else rng.randint(100, 999) if k < .9 else rng.randint(1000, 20000))
    return {
        'num': num,
        'digit': lambda: ONES[rng.randint(0, 9)],
        'digits': lambda: ' '.join(ONES[rng.randint(0, 9)] for _ in range(rng.randint(3, 9))),
        'hour': lambda: rng.choice([ONES[rng.randint(1, 12)] + rng.choice([' o\'clock', '']), 'noon', 'midnight', 'half past ' + ONES[rng.randint(1, 12)],
                                    'a quarter to ' + ONES[rng.randint(1, 12)], ONES[rng.randint(1, 12)] + ' ' + number(rng.randint(10, 59))]),
        'minute': lambda: rng.choice(['', 'in the morning', 'in the afternoon', 'in the evening', 'sharp', 'at night']),
        'ordinal': lambda: rng.choice(ORDINALS),
        'year': lambda: rng.choice(['nineteen ' + number(rng.randint(10, 99)), 'twenty ' + number(rng.randint(10, 30)), 'two thousand and ' + ONES[rng.randint(1, 9)]]),
    }
