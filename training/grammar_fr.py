"""French sentences from a grammar: dictation, commands, numbers, dates, names, questions."""

ONES = '''zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit
dix-neuf'''.split()
TENS = {2: 'vingt', 3: 'trente', 4: 'quarante', 5: 'cinquante', 6: 'soixante'}
ORDINALS = 'premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième'.split()


def number(n):
    if n < 20:
        return ONES[n]
    if n < 70:
        t, o = divmod(n, 10)
        return TENS[t] + ('' if not o else ' et un' if o == 1 else '-' + ONES[o])
    if n < 80:
        return 'soixante et onze' if n == 71 else 'soixante-' + ONES[n - 60]
    if n < 100:
        return 'quatre-vingts' if n == 80 else 'quatre-vingt-' + ONES[n - 80]
    if n < 1000:
        h, r = divmod(n, 100)
        head = 'cent' if h == 1 else ONES[h] + (' cents' if not r else ' cent')
        return head + (' ' + number(r) if r else '')
    k, r = divmod(n, 1000)
    return ('mille' if k == 1 else number(k) + ' mille') + (' ' + number(r) if r else '')


LISTS = {
    'name': '''Anne Pierre Marie Jean Sarah David Emma Jacques Laure Michel Julie Robert Alice Thomas Hélène Daniel Sophie
        Marc Nina Paul Catherine Georges Lucie Simon Rachel Benoît Olivia Henri Grâce Samuel Claire Adam Camille Antoine
        Léa Hugo Chloé Louis Manon Nicolas Élise François Juliette Mathieu Inès Gabriel Zoé Vincent Margaux Étienne''',
    'city': '''Paris Lyon Marseille Toulouse Nice Nantes Strasbourg Bordeaux Lille Rennes Bruxelles Genève Montréal Québec
        Londres Berlin Madrid Rome Lausanne Grenoble Dijon Tours Liège Avignon Brest''',
    'month': 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre',
    'day': 'lundi mardi mercredi jeudi vendredi samedi dimanche',
    'when': '''aujourd'hui demain ce_soir maintenant plus_tard ce_matin cet_après-midi la_semaine_prochaine le_mois_prochain
        demain_matin bientôt tout_de_suite à_midi après_le_déjeuner avant_le_dîner ce_week-end chaque_jour encore_une_fois''',
    'past': 'hier hier_soir la_semaine_dernière l\'année_dernière ce_matin il_y_a_un_mois avant-hier il_y_a_longtemps lundi_dernier',
    'person': '''ma_mère mon_père mon_frère ma_sœur ma_femme mon_mari mon_fils ma_fille mon_ami ma_voisine mon_patron
        le_professeur le_médecin le_chauffeur la_directrice notre_équipe l'enfant son_oncle leur_tante le_vieil_homme
        la_jeune_femme le_garçon tout_le_monde l'infirmière l'avocat l'ingénieur le_boulanger le_jardinier la_police
        l'étudiante le_serveur le_capitaine ma_grand-mère mon_grand-père la_petite_fille''',
    'thing_m': '''livre téléphone sac manteau chapeau verre couteau lit tableau billet parapluie passeport stylo crayon
        papier journal cadeau ballon vélo train bus bateau moteur marteau clou seau miroir panier piano document rapport
        contrat gâteau citron œuf fromage pain beurre café thé lait jus sucre sel poulet poisson riz chocolat biscuit
        message fichier dossier numéro menu jouet collier bureau fauteuil tapis rideau savon''',
    'thing_f': '''lettre clé chaussure chemise robe tasse assiette fourchette cuillère bouteille boîte chaise table lampe
        fenêtre porte photo montre radio caméra carte bague balle voiture roue corde échelle brosse serviette couverture
        bougie guitare liste facture adresse recette pomme banane tomate carotte soupe salade tarte viande glace valise
        machine ceinture veste écharpe moto télévision commande réponse question chanson histoire image''',
    'place_m': '''jardin bureau musée marché magasin parc lac village pont château théâtre cinéma garage port champ salon
        balcon restaurant quartier couloir bois grenier centre''',
    'place_f': '''maison cuisine chambre gare banque plage forêt rivière montagne ville rue ferme pharmacie boulangerie cave
        bibliothèque place mairie piscine cour campagne vallée''',
    'adj_m': '''grand petit vieux nouveau bon mauvais long court haut bas lourd léger sombre clair chaud froid frais sec
        propre sale calme rapide lent facile difficile cher beau étrange normal vide plein ouvert fermé cassé dangereux
        heureux triste fatigué malade riche pauvre fort faible doux dur rond épais mince large étroit profond rouge bleu
        vert jaune noir blanc gris rose important intéressant ennuyeux célèbre simple parfait terrible merveilleux utile''',
    'adj_f': '''grande petite vieille nouvelle bonne mauvaise longue courte haute basse lourde légère sombre claire chaude
        froide fraîche sèche propre sale calme rapide lente facile difficile chère belle étrange normale vide pleine
        ouverte fermée cassée dangereuse heureuse triste fatiguée malade riche pauvre forte faible douce dure ronde
        épaisse mince large étroite profonde rouge bleue verte jaune noire blanche grise importante intéressante''',
    'animal': '''chien chat cheval mouton cochon lapin canard lion tigre ours loup renard singe serpent oiseau papillon
        poisson requin aigle hibou coq âne cerf''',
    'inf_t': '''voir trouver acheter vendre ouvrir fermer apporter prendre porter déplacer nettoyer laver réparer casser
        perdre aimer montrer envoyer vérifier choisir utiliser cacher jeter garder peindre dessiner imprimer construire
        compter mesurer emprunter oublier chercher regarder''',
    'pp_t': '''vu trouvé acheté vendu ouvert fermé apporté pris porté déplacé nettoyé lavé réparé cassé perdu aimé montré
        envoyé vérifié choisi utilisé caché jeté gardé peint dessiné imprimé construit compté mesuré emprunté oublié
        cherché regardé''',
    'inf_i': '''dormir courir marcher nager danser chanter rire pleurer attendre travailler voyager parler écouter réfléchir
        rêver cuisiner lire écrire étudier jouer conduire sourire crier partir arriver rester rentrer sauter manger''',
    'imp_i': '''dormait courait marchait nageait dansait chantait riait pleurait attendait travaillait voyageait parlait
        écoutait rêvait cuisinait lisait écrivait étudiait jouait conduisait souriait criait mangeait''',
    'adv': '''vite lentement doucement facilement soudain toujours souvent parfois vraiment enfin immédiatement ensemble
        seul dehors parfaitement mal bien tôt tard''',
    'device': '''la_lumière la_lampe la_radio la_télévision le_chauffage le_ventilateur l'alarme l'ordinateur l'imprimante
        la_caméra le_four la_machine_à_laver la_musique l'écran le_micro''',
    'room': 'la_cuisine la_chambre la_salle_de_bain le_salon le_bureau le_garage le_jardin l\'entrée la_cave la_salle_à_manger',
    'app': 'le_calendrier le_navigateur les_réglages la_carte les_messages la_météo les_notes l\'horloge la_calculatrice les_contacts',
    'unit': 'mètres kilomètres minutes heures jours semaines ans grammes kilos litres degrés pour_cent pages pas personnes',
    'weather': 'beau froid chaud frais gris humide doux mauvais',
    'subject': '''l'histoire la_musique la_science les_mathématiques la_géographie la_chimie la_biologie la_physique l'art
        le_sport la_politique le_droit la_médecine la_littérature la_philosophie l'économie''',
    'job': '''médecin infirmier professeur ingénieur avocat agriculteur boulanger chauffeur pilote soldat artiste écrivain
        chanteur acteur étudiant cuisinier serveur peintre menuisier plombier journaliste''',
    'feel': 'content triste fatigué fâché malade inquiet fier désolé seul nerveux prêt perdu surpris déçu',
    'body': 'à_la_tête à_la_main au_pied au_bras à_la_jambe au_dos à_l\'œil à_l\'oreille au_nez au_genou à_l\'épaule au_ventre au_cou',
    'greet': 'Bonjour Salut Bonsoir Merci Pardon Excusez-moi Bienvenue Allô Eh_bien D\'accord',
    'prep': 'dans près_de derrière sous devant à_côté_de en_face_de',
    'country': '''en_France en_Allemagne en_Espagne en_Italie en_Angleterre en_Belgique en_Suisse au_Canada au_Japon
        en_Chine en_Inde au_Brésil au_Mexique en_Norvège en_Grèce au_Maroc au_Portugal en_Afrique''',
    'language': 'anglais français allemand espagnol italien japonais chinois portugais russe arabe',
}

RULES = '''
{greet}, {name}.
{greet}, {name}, comment allez-vous ?
{greet}, je m'appelle {name} et j'habite à {city}.
Comment ça va {when} ?
Peux-tu {inf_t} le {thing_m}, s'il te plaît ?
Pouvez-vous {inf_t} la {thing_f}, s'il vous plaît ?
Je voudrais {inf_t} un {thing_m} {adj_m}.
Je voudrais {inf_t} une {thing_f} {adj_f}.
Je veux {inf_t} mon {thing_m} {when}.
Je ne veux pas {inf_t} ta {thing_f}.
{person} a {pp_t} le {thing_m} {past}.
{person} a {pp_t} une {thing_f} {adj_f} {past}.
{person} {imp_i} {adv} dans le {place_m}.
{person} {imp_i} dans la {place_f} {past}.
Le {thing_m} est {adj_m}, mais la {thing_f} est {adj_f}.
Le {thing_m} n'est pas dans le {place_m}.
La {thing_f} est sur le {thing_m}.
Le {animal} {adj_m} {imp_i} dans la {place_f}.
Il y a un {animal} derrière la {place_f}.
Il y a {num} {animal}s dans le {place_m}.
Où est le {thing_m} ?
Où est la {place_f}, s'il vous plaît ?
Où sont mes {thing_f}s ?
Quand est-ce que {person} va {inf_i} ?
Pourquoi as-tu {pp_t} le {thing_m} ?
Qui a {pp_t} la {thing_f} ?
Combien de {thing_m}s voulez-vous ?
Combien coûte cette {thing_f} ?
Quelle heure est-il à {city} ?
Quel temps fait-il à {city} {when} ?
Il fait {weather} à {city} {when}.
Il va pleuvoir {day}.
Il neige depuis {day} matin.
Cela coûte {num} euros et {num} centimes.
Il est {hour}.
La réunion est à {hour} {day}.
Le train pour {city} part à {hour}.
Le prochain bus arrive dans {num} minutes.
Mon anniversaire est le {daynum} {month}.
Nous sommes le {day} {daynum} {month}.
En {year}, nous étions {country}.
Appelle {name} {when}.
Appelez {name} au bureau.
Envoie un message à {name}.
Envoie un courriel à {name}, s'il te plaît.
Dis à {name} que je vais {inf_i} {when}.
Mets une alarme à {hour}.
Mets un minuteur de {num} minutes.
Rappelle-moi de {inf_t} le {thing_m} à {hour}.
Allume {device} dans {room}.
Éteins {device}.
Éteignez toutes les lumières dans {room}.
Baisse {device}, s'il te plaît.
Ouvre {app}.
Ouvre la porte du garage et ferme la fenêtre.
Ferme {app} et ouvre {app}.
Joue de la musique.
Chanson suivante.
Arrête la musique.
Monte le volume.
Retourne à la {ordinal} page.
Avancez de {num} {unit}.
Tournez à gauche, puis continuez tout droit pendant {num} mètres.
Tournez à droite après la {place_f}.
Appuyez sur {digit} pour continuer.
Mon numéro de téléphone est le {digits}.
Le code est {digits}.
{digits}.
{num} plus {num} égale {num}.
{num} {unit}.
Il y a {num} kilomètres entre {city} et {city}.
La température est de {num} degrés.
Page {num}, ligne {num}.
J'ai {num} ans et je suis {job}.
{name} est un {job} {adj_m} et {adj_m}.
{name} et {name} habitent {country}.
{name} parle {language} et un peu {language}.
Parlez-vous {language} ?
J'apprends le {language} depuis {num} ans.
J'ai étudié {subject} à l'université de {city}.
Je suis {feel} parce que {person} a {pp_t} mon {thing_m}.
Je me sens {feel} {when}.
Êtes-vous {feel} ?
J'ai mal {body}.
Elle a les yeux {adj_m}s et une voix {adj_f}.
S'il fait {weather}, nous irons au {place_m}.
Si tu veux {inf_i}, il faut {inf_i} {adv}.
Quand j'étais petit, j'habitais {country}.
Je pense que la {thing_f} est trop {adj_f}.
Je sais que {person} l'a {pp_t}.
Tu devrais {inf_i} {adv}.
Il ne faut pas {inf_t} la {thing_f}.
Nous devons {inf_i} avant {hour}.
Ils n'ont jamais {pp_t} un {thing_m} aussi {adj_m}.
As-tu déjà {pp_t} un {animal} ?
On va {inf_i} ensemble {when}.
Laisse-moi {inf_t} ce {thing_m}.
Ne touchez pas à la {thing_f}.
Oui, je l'ai {pp_t} {past}.
Non, je ne crois pas.
C'est un très {adj_m} {thing_m}.
Cette {thing_f} est plus {adj_f} que l'autre.
J'ai besoin d'un {thing_m}, d'une {thing_f} et de {num} {thing_m}s.
Nous avons acheté des {thing_f}s, des {thing_m}s et du pain.
Un café et une {thing_f}, s'il vous plaît.
Une table pour {num} personnes, s'il vous plaît.
L'addition, s'il vous plaît.
Cher {name}, merci pour votre {thing_f}.
Chère {name}, je vous remercie de votre {thing_m}.
Bien cordialement, {name}.
Je vous écris au sujet de la {thing_f} {adj_f}.
À la ligne.
Point.
Le {job} a dit qu'il allait {inf_i} {when}.
Il était une fois un {animal} {adj_m} dans un {place_m} {adj_m}.
{person} a ouvert la porte et a {pp_t} un {animal}.
Le {thing_m} {adj_m} est tombé dans la {place_f}.
Chaque {day}, {person} {imp_i} dans le {place_m}.
Personne ne sait pourquoi le {animal} {imp_i}.
La {place_f} était {adj_f} et {adj_f}.
Je ne trouve pas ma {thing_f}, l'avez-vous vue ?
Nous allons {inf_i} dès que {person} arrive.
Ça ne fait rien.
Je suis désolé, je n'ai pas entendu.
Pouvez-vous répéter, s'il vous plaît ?
À {when}.
Joyeux anniversaire, {name} !
Bonne chance !
Qu'est-ce que tu penses de {subject} ?
Quel {thing_m} préfères-tu, le {adj_m} ou le {adj_m} ?
Est-ce que {person} va {inf_i} {when} ?
Qu'est-ce qu'il y a dans la {thing_f} ?
C'est {person} qui a {pp_t} la {thing_f}.
J'aimerais bien {inf_i} {country}.
'''.strip().split('\n')


def slots(rng):
    """What is made afresh for each sentence."""
    def num():
        k = rng.random()
        return number(rng.randint(2, 12) if k < .3 else rng.randint(2, 99) if k < .75 else rng.randint(100, 999) if k < .9 else rng.randint(1000, 20000))
    return {
        'num': num,
        'digit': lambda: ONES[rng.randint(0, 9)],
        'digits': lambda: rng.choice([
            ' '.join(ONES[rng.randint(0, 9)] for _ in range(rng.randint(3, 9))),
            ', '.join(['zéro ' + ONES[rng.randint(1, 9)]] + [number(rng.randint(10, 99)) for _ in range(4)])]),
        'hour': lambda: rng.choice(['midi', 'minuit', number(rng.randint(2, 23)) + ' heures', number(rng.randint(2, 23)) + ' heures ' + number(rng.randint(2, 59)),
                                    number(rng.randint(2, 12)) + ' heures et demie', number(rng.randint(2, 12)) + ' heures et quart',
                                    number(rng.randint(2, 12)) + ' heures moins le quart']),
        'daynum': lambda: rng.choice(['premier', number(rng.randint(2, 31))]),
        'ordinal': lambda: rng.choice(ORDINALS[1:]),
        'year': lambda: rng.choice(['mille neuf cent ' + number(rng.randint(10, 99)), 'deux mille ' + number(rng.randint(2, 30))]),
    }
