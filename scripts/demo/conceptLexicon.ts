/**
 * Concepts of everyday and professional English and the words that show them: public constants of the feature extractor,
 * written by hand for this project, not fitted to any data. A word ending in `*` stands for every word that begins with it.
 * A word may show several concepts. Changing anything here changes every feature vector, so it needs a new extractor version.
 */
export const CONCEPT_LEXICON: Readonly<Record<string, string>> = {
  bodyPart:
    'abdom* ankle* arm arms back belly bone* bowel* brain breast* calf chest chin ear ears elbow* eye eyes eyelid* face facial feet finger* foot groin hand hands head heart heel hip jaw joint* kidney* knee* leg legs limb* lip lips liver lung* mouth muscle* neck nose rib ribs scalp shin* shoulder* skin spine spinal stomach throat thumb toe toes tongue tooth wrist*',
  symptom:
    'ache* aching bleed* blood* bloat* breathless* bruis* burn* chill* collaps* confus* convuls* cough* cramp* dehydrat* diarrh* dizz* drowsy drool* faint* fatigue* fever* headache* hive* hoarse* itch* lethar* limp* nause* numb* pain* pale palpitation* rash* redness seizure* short* shiver* sleepy sore sputum sting* stiff* sweat* swell* swollen tender* tingl* tremor* unwell vomit* weak* wheez*',
  illness:
    'allerg* angina anxi* appendic* arthrit* asthma* cancer* chickenpox concuss* croup diabet* disease* eczema epilep* flu fractur* glucose hypertens* illness infect* injur* insulin meningit* migraine* poison* pneumonia pregnan* psychi* scald* sepsis shingles sick* sprain* stroke* suicid* symptom* trauma* tumour* ulcer* urin* virus viral wound*',
  treatment:
    'adrenaline ambulance antibiotic* aspirin bandag* clinic* diagnos* doctor* dose* dressing drip drug* ecg emergency examin* gp hospital* ibuprofen icu imaging inhaler* injection* iv medic* monitor* nurse* obs observ* operat* oxygen paracetamol paramedic* patient* pharmac* prescri* pulse resus* saturation sats scan* splint* steroid* stitch* surgeon* surger* surgic* suture* swab* tablet* telehealth temperature therap* treat* triage triaged vaccin* ward* xray',
  urgency:
    'acute afebrile alert awake calm deteriorat* emergenc* immediate* mild* moderate normal onset persistent priority refer* reassess* resolv* review* routine safety severe* stable sudden* urgent* worse*',
  person:
    'adolescent adult* aged baby boy brother child* daughter elderly father girl grand* husband infant* lady man mother mum neonat* newborn parent* sister son teen* toddler* wife woman young',
  obligation:
    'agree agrees agreed ensure* entitle* herein* hereby hereof hereto hereunder may must neither nor notwithstanding oblig* otherwise permit* prohibit* provided pursuant reasonabl* require* shall subject thereof undertak* unless whether without',
  contractPaper:
    'agreement* amend* annex* appendix assign* clause* condition* contract* covenant* deed document* draft duration effective execut* expir* hereinafter notice notices paragraph* party parties provision* renew* schedule* section* signed signature* term termin* terms waive* warrant* writing written',
  contractRole:
    'borrower* buyer* client* consultant* contractor* counterpart* customer* developer* director* distributor* employee* employer* guarantor* holder* landlord* lender* lessee* lessor* licens* officer* owner* principal publisher* purchaser* seller* sublet* successor* supplier* tenant* trustee* vendor*',
  liability:
    'arbitra* breach* claim* compens* confidential* copyright* court* damage* default* defect* disclos* dispute* fault govern* harmless indemn* infring* insur* intellectual invalid* jurisdiction* law laws lawful* legal* liab* loss losses mediat* negligen* penalt* proprietary remed* sue tribunal unenforceable violat*',
  property:
    'building* deposit* dwelling fixture* furnish* garden* house* housing landlord* lease* office* parking premises propert* rent rental* rented rents repair* roof tenan* warehouse*',
  delivery:
    'acceptance carriage deliver* dispatch* goods hand inspect* invoice* order ordered payable perform* quantity replacement risk service* ship* supplied supply title transfer*',
  stockMarket:
    'analyst* auction* bear bearish benchmark* bid* bond bonds broker* bull bullish equit* etf exchange* float* fund funds hedge* index indexes indices invest* ipo listed listing market* mid* nasdaq portfolio* rally rallied sector* securit* sell* sentiment share shares shareholder* stock stocks trader* trading treasur* yield*',
  business:
    'acqui* automaker* bank banks bankruptcy brand* chain* chief compan* conglomerate corporat* drugmaker earnings executive* firm firms forecast* giant group guidance industr* insurer* maker* manufactur* merg* operator* outlook producer* profit* quarter* results retailer* revenue* sales startup* takeover* unit upbeat',
  economy:
    'basis budget* central cpi currenc* deficit* demand dividend* dollar* econom* employment euro export* factory fed fiscal gdp growth hike* import* inflation* interest jobs labour minister* output payroll* percent percentage point points policymaker* rate rates recession* regulat* spend* stimulus tariff* tax* trade unemployment wage* yen',
  commodity:
    'barrel* bitcoin brent coal coffee commodit* copper corn cotton crop* crude crypto* ether* fuel futures gas gold grain* harvest* iron lithium metal* mining natural nickel oil ounce* refin* silver soy* steel token* tonne* uranium wheat',
  rise: 'add adds added advanc* beat* bounc* climb* doubl* edg* extend* gain* grew grow* higher highest increas* jump* lift* peak* raise* record rebound* recover* rise rises rising rose soar* strengthen* surg* up upgrad*',
  fall: 'cheap* cool* cut cuts declin* decreas* dip* down downgrad* drop* eas* fall falls falling fell laggard* lose loses lost low lower lowest miss missed plung* reduc* retreat* sank shed shrink* shrank slash* slid* slip* slow* slump* sink* trim* tumbl* warn* weaken*',
  game: 'arena avatar* battle* boss* bots casual character* chat clan* console controller* co coop craft* dungeon* dlc enem* esports expansion event* game* gaming guild* inventor* item* leaderboard* level* lobby loot* map maps match* mission* mod mods mode multiplayer opponent* pass play played player* playing playthrough pvp quest* raid* ranked reward* season seasonal skin skins spawn* stage* tournament* trophy tutorial* weapon* win wins xp',
  software:
    'android app apps browser* button* click* client code computer controls cursor driver* download* feature* file files fps frame* graphic* gpu hardware headset icon* install* interface ios keyboard laptop launch* load* menu* mouse patch patched pc phone* platform* plugin program* reinstall* resolution restart* reboot* save saved saves screen* setting* software steam store subtitle* tablet* update* updating upgrade version* video windows',
  malfunction:
    'bug bugs buggy broken cannot cant corrupt* crash* disappear* disconnect* doesnt error* fail* fix* flicker* freez* frozen froze glitch* hang* invisible keeps lag lags laggy missing nothing outage* problem* reset* retry stuck stutter* timeout* unable unplayable unresponsive vanish* wont wrong',
  network: 'connect* internet latency network offline online ping server* signal wifi router*',
  account:
    'access account accounts authent* ban banned bans cancel* code* delete* email* hack* log login logged message* moderat* name nickname password* privacy profile* recover* region report* restore* sign subscri* support suspend* ticket* transferred unban* unlock* user username verif*',
  purchase:
    'bought bundle* buy card cards charge charged charges coin coins credit* currency discount* fee fees gem gems gift* key money paid pay payment* payout* pending price* purchase* receipt* refund* shop spent transaction* twice voucher* wallet*',
  firstPerson: 'i im ive id me mine my myself our ours we',
  secondPerson: 'can could hello help hi how please tell thank* what when where which why would you your yours',
  clockTime:
    'ago afternoon daily day days evening friday hour* minute* monday month* morning night overnight saturday since sunday thursday today tomorrow tonight tuesday wednesday week weeks weekend* yesterday year years',
  food: 'appetite bread breakfast cheese cook* dinner drink* eat eating eats feed* food fruit lunch meal* milk sandwich* soup tea water',
  weather: 'autumn cloud* cold flood* hot rain* snow* spring storm* summer sun sunny warm weather wind* winter',
  travel:
    'airline* airport bicycle bike boat bus car cars cruise driv* flight* hotel* journey road* train travel* truck* vehicle*',
  home: 'basket bath* bed bedroom blanket* candle* carpet* chair* curtain* door* fence kitchen lamp* mirror* oven pillow* sofa stair* table window*',
  nature:
    'animal* bird* cat dog fish* flower* forest* grass hill* honey horse* island* leaf moon mountain* ocean river* sand sea sky star stars stone tree trees',
  colour: 'black blue brown copper green grey orange pink purple red white yellow',
  movement:
    'arriv* came carr* climbing dance dancing fallen go going jump* kick* lift* move* moving roll* run running sing* sit* stand* step* swim* swing* throw* turn* walk*',
  quantity:
    'all almost each eight eleven every few fifty five forty four half many more most nine number* one only several seven six some ten third thirty three twelve twenty two',
}
