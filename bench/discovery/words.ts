// Vocabulary of generated values. Deliberately everyday words: what people name their things.

const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const adjectives = list(`
  amber ancient autumn bitter black blue bold brave bright broad broken calm clever cold cool crimson curly damp dark
  dawn deep delicate divine dry eager early easy empty fancy fierce floral fragrant frosty gentle giant golden grand
  green happy heavy hidden holy honest humble icy jolly late lazy little lively long lucky misty modern morning muddy
  mute narrow noisy odd old orange patient plain polished proud purple quick quiet rapid red restless rough round royal
  shiny shy silent silver small smooth snowy soft solid sparkling spring square steep still summer super sweet tight
  tiny twilight vivid wandering warm weathered white wild winter wispy yellow young`);

export const nouns = list(`
  acorn anchor apple apron arrow badger bakery balloon bamboo banana banjo barley basket beach beacon bear beetle
  bicycle bird blossom boat bonus breeze bridge brook butter butterfly cabin cactus camera candle canyon castle cedar
  cheese cherry chimney cinema circus cliff cloud clover coast cobalt coffee comet copper coral cottage cotton crane
  crater cricket crown daisy deer desert dew dolphin dragon dream dune eagle ember falcon feather fern fiddle field
  firefly flame flower fog forest fox frog frost galaxy garden ginger glacier glade goose grape grass guitar hammer
  harbor haze hill honey horizon island ivory jacket jungle kettle kitchen lagoon lake lantern laptop leaf lemon
  lighthouse lily lion lobster lotus maple marble marsh meadow mirror moon mountain mushroom nebula needle night oak
  ocean olive orchard orchid otter owl oyster paper parrot peach pearl pebble penguin pepper phoenix piano pine pirate
  planet plum pond poppy prairie pumpkin puzzle rabbit rain raven reef river robin rocket rose ruby saddle salmon
  sapphire sea shadow shape shell silk sky smoke snow sound sparrow spider star storm stream sun sunset surf swan
  temple thunder tiger tomato tower trail tree tulip turtle valley velvet violet violin voice volcano walnut water
  waterfall wave whale wildflower willow wind wolf wood zebra`);

export const firstNames = list(`
  ada adam alan alex alice amir ana anders anna ben bella carla carlos chen chloe clara daniel david dora elena emil
  emma eric eva fatima felix finn frank george grace hana hans harry helen hugo ian igor ines iris ivan jack jana jane
  jim john jonas julia karim karl kate kim lara lars laura lea leo lena linda lisa lucas lucy luis maria mark marta max
  maya mia mike mila mina nadia nick nina noah nora olaf olga oliver omar oscar otto paul peter petra raj rita robert
  rosa ruth sam sara sofia stefan sven tara theo tim tina tom uma vera victor walter wei yuki zara zoe`);

export const surnames = list(`
  adams baker berg blum bauer brown carter cole cruz dahl davis diaz evans fischer ford garcia gray green hall hansen
  hill hughes ito jensen jones kaur keller khan king klein kovac lee lewis lind lopez martin meyer miller moore novak
  olsen owen park patel perez popov price quinn reed rossi ryan sato schmidt scott shah silva singh smith stone suzuki
  tanaka taylor turner vogel wagner walker wang weber white wood wright wu young zhang zhou`);

export const languages = list('en de fr es it pt nl pl sv da fi no cs ja zh ko ru uk tr ar he en-US en-GB de-DE fr-FR es-MX pt-BR zh-CN');
export const countries = list(
  'us gb de fr es it pt nl be at ch pl se dk fi no cz hu ro bg gr tr ru ua il ae sa in cn jp kr au nz za br ar mx ca cl ie',
);
export const currencies = list('USD EUR GBP JPY CHF SEK NOK DKK PLN CZK HUF TRY AUD NZD CAD BRL MXN INR CNY KRW ZAR ILS');
export const topLevelDomains = list('com org net io dev co.uk de fr app info');
export const fileExtensions = list('pdf png jpg csv txt json xml zip docx mp3 md yaml');
