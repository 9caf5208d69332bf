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

export const languages = list(
  'en de fr es it pt nl pl sv da fi no cs ja zh ko ru uk tr ar he en-US en-GB de-DE fr-FR es-MX pt-BR zh-CN',
);
export const countries = list(
  'us gb de fr es it pt nl be at ch pl se dk fi no cz hu ro bg gr tr ru ua il ae sa in cn jp kr au nz za br ar mx ca cl ie',
);
export const currencies = list(
  'USD EUR GBP JPY CHF SEK NOK DKK PLN CZK HUF TRY AUD NZD CAD BRL MXN INR CNY KRW ZAR ILS',
);
export const topLevelDomains = list('com org net io dev co.uk de fr app info');
export const fileExtensions = list('pdf png jpg csv txt json xml zip docx mp3 md yaml');

// Parts of made-up words and of titles.
export const onsets = list(
  'b c d f g h j k l m n p r s t v w z br ch cl cr dr fl gr pl pr sh sl sp st th tr',
);
export const rimes = list('a e i o u an ar el en er il in on or us ia io ex ix ax ock und ell int ora');
export const particles = list(
  'the a of and in to for with your how why what best new first from at by my our',
);

/** Words that routes of many APIs are made of: the hardest slugs there are. */
export const routeWords = list(`
  account accounts action activity address admin agent alert analytics app archive asset attachment audit backup badge
  balance batch billing block board bucket budget calendar campaign card cart catalog category channel charge chart chat
  checkout client cluster code collection comment company config contact content contract country coupon credit customer
  dashboard data database dataset default deployment detail device discount document domain draft email employee entry
  event export feature feed field file filter folder follower form function game gateway goal group guest history host
  image import inbox index invite invoice issue item job key label language layout lead ledger license like link list
  location lock log market media member membership menu merchant message method metric model module monitor network node
  note notification object offer operation option order organization owner package page parameter partner password
  payment permission person phone photo pipeline plan platform player playlist policy pool portfolio position post price
  process product profile project promotion property provider purchase query queue quota quote rating receipt record
  refund region registry release report request reservation resource response result review role room route rule sample
  schedule schema score script search section segment server service session setting shipment shop site snapshot source
  space statistics status stock storage store story stream subscription summary support survey tag target task tax team
  template tenant test theme thread ticket token topic total track transaction transfer trigger type unit update upload
  usage user validation value variant vendor version video view volume wallet warehouse webhook widget workflow workspace`);
