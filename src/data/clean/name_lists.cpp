// Own lists of common names and words; what is not here is found by its context or not at all.
#include "data/clean/name_words.h"

namespace fettle::data::clean {
namespace {

constexpr NameWords kLists[] = {
    {kFirstName, ' ',
     "aaron abdullah abelardo abigail adam aditya adony afonso agnes agnieszka ahmed aino "
     "aisha akira alain alan alba albert alberto aldo alejandro aleksandr aleksi alena "
     "alessandro alessia alexander alexei alexey alexis alfie ali alice alma alvaro amanda "
     "amber amina amit amy ana anastasia anders andras andre andrea andrei andres andrew "
     "andrey andrzej angel angela angeles angelo angus anil anita anja anjali anke ann anna "
     "anna-liisa anne anneli ante anthony antoine anton antonia antonio antti aoi archie "
     "arjun arne arni artem arthur ashley astrid asuka attila audrey aurelie austin axel "
     "balazs barbara barry beata beatriz benjamin benoit berit bernard bernd betty beverly "
     "billy birgit birgitta bjarni bjorn bobby boris bozena bradley brandon brenda brian "
     "brigitte brittany brooke bruce bruno bryan bulat callum camila camilla camille carl "
     "carlo carlos carmen carol carolyn catarina catherine celine chad charles charlie "
     "charlotte chen cheryl chiara chloe christian christiane christina christine christophe "
     "christopher claire claude claudia clive colin consuelo cristina csaba cynthia daisy "
     "daniel daniela danielle danuta daria david davide deborah debra deepa denis denise "
     "dennis derek diana diane didier diego dieter dimitris divya dmitri dmitry dolores "
     "domenico dominik donald donna dora doris dorota dorothy douglas dragan duarte dylan "
     "ebba eduardo edward eero einar einojuhani ekaterina eleanor elena eleni elias elijah "
     "elin elisa elisabeth elizabeth elke ellie elsa elzbieta emiko emil emilio emily emma "
     "enrico enrique enzo eric erik erika ernest erzsebet ethan etienne eugene eva evelyn ewa "
     "ewan fabio fabrice fang farah fatima federica federico felipe felix ferenc fergus "
     "fernanda fernando filip fiona florence florian frances francesca francisco franco "
     "francois francoise frank frantisek franziska fredrik freja freya friedrich gabor "
     "gabriel gabriela galina gary geir gemma genevieve geoffrey george georgia gerald "
     "gerhard gertrud giacomo gianluca giorgio giorgos giovanna giovanni gisela giulia "
     "giuseppe gloria goncalo gonzalo grace graham gregory greta grzegorz gudmundur gudrun "
     "guillaume gunnar gustav gustavo guy gyorgy halina hana hanna hannah hanne hannu hans "
     "harald harold harry haruto hassan heather heidi heike heikki heinrich heinz helen helga "
     "helle helmi helmut henrik henry henryk hina hiroshi holger holly howard hugo hui "
     "hussein hyun ian ibrahim ida ignacio igor ilmari ilona imogen imre ines ingeborg inger "
     "ingrid irena irene irina isabel isabella isabelle isak istvan ivan jack jacob "
     "jacqueline jacques jade jadwiga jakub james jamie jan jana janet janice janka janos "
     "jari jaroslav jaroslava jason javier jean jeanne jeffrey jelena jennifer jens jeremy "
     "jerry jerzy jesper jesse jessica jesus jin jing jiri jitka jiwoo joan joana joanna "
     "joanne joao joaquin joe johan johann johanna john jolanta jon jonas jonathan jordan "
     "jorge jose josef josefa joseph joshua josip jovana joyce jozsef juan juana judith judy "
     "juergen juha juhani jukka jules julia juliana julianna julie julien juliette jun jurgen "
     "justin kai kaija karen kari karim karin karl kasper katalin katarzyna katerina "
     "katharina katherine kathleen kathryn katja katrin kavita kayla kazimierz keijo keiko "
     "keith kelly kenji kenneth kerry kerstin kevin khalid kimberly kirill kirsten klaus knut "
     "kostas krishna kristen kristian kristiana kristin kristina kristjan krisztina krystyna "
     "krzysztof ksenia kuba kyle lajos lakshmi lara larry lars laszlo laura lauren laurent "
     "lawrence layla lea leandro leena leif leila lena lenka leo leon leonard leone leonie "
     "leonor leticia lewis li linda ling linnea linus lisa liv logan lone lorenzo lori "
     "lorraine louis louise luc lucas lucia luciano lucie lucy ludmila ludvig ludwig luigi "
     "luis luka lukas lukasz luke luz maarit madison mads magda magdalena magnus maja "
     "malgorzata manfred manon manuel marcel marcin marco marcos marek margaret margareta "
     "margarida margarot margaux margot margret maria mariana marianne marie marija marilyn "
     "mario marisa marja mark markku marko markus marta martha martin martina martine mary "
     "maryam mason massimo matej mateo mateusz mathias mathieu matilde mats matteo matthew "
     "matthias matti maureen maxim maximilian meera megan mei melissa mercedes mette michael "
     "michal michel michele michelle miguel mikael mikhail mikkel mikko milan milena milica "
     "milos min minho minik miroslav misaki mohamed mohammed mojca molly monika monique "
     "moritz morten muhammad mustafa nadezhda nadine nancy natalia natalie natalya nathalie "
     "nathan neha neil nejc nicholas nicola nicolas nicole niels nigel nikita niklas nikola "
     "nikolai nikos nils nina noah noor nuno odd odette oksana olaf olafur ole oleg olga "
     "oline oliver olivia olivier olli olof omar ondrej orva oscar oskar otto pablo paivi "
     "pamela paola paolo pascal patricia patrick paul paula pavel pawel pedro pekka per peter "
     "petr petra philip philipp philippe phoebe pia pierre pietro pilar piotr pirjo polina "
     "polly polona pooja poppy priya rachel rafael rahul rainer raj ralf ralph ramesh ramon "
     "randi randy raphael raquel rasmus raul ravi raymond rebecca reka ren renate rene "
     "ricardo riccardo richard riikka rin rita ritva robert roberto rocio rodrigo roger rohan "
     "roman romi ronald rory rosa roy ruben rui russell ruth ryan sabine saga sakura salma "
     "salvatore samantha samir samira samu samuel sandor sandra sandrine sanjay sanna "
     "santiago sara sarah satoshi satu scott sean sebastian sebastien selam seoyeon sergei "
     "sergey sergio sharon sheila shirley signe sigridur sigurdur silke silvia simon simone "
     "siri sofia solveig sophia sophie soren sota stanislaw stanley stefan stefano stephanie "
     "stephen steven stuart sue sunil sunita suresh susan susanne svein sven svetlana sylvie "
     "szymon takashi tamas tapio tariq tatiana teresa tereza terje terry thaddeus theo "
     "theresa thiago thierry thomas thorsten tiago tibor timo timothy tine tobias toby tomas "
     "tomasz tomislav torsten toshimi tracey trevor trine tunde tuula tuva tyler ulla ulrich "
     "ursula urszula ute uwe vaclav valentina valerie vanessa vasco venla vera veronica "
     "veronika veronique vicente victoria vijay vikram viktor vilhjalmur ville vilma vilmer "
     "vincencij vincent vincenzo vinicius virginia vivian vladimir walter wayne wei werner "
     "william willie wilma wladyslawa wojciech wolfgang xin yan yasmin yiannis yoko yolanda "
     "yu yui yuki yulia yuri yusuf yuto yves zachary zahra zainab zbigniew zdenek zoe zofia "
     "zoltan zoran zsolt zsuzsanna zuzana "},
    {kSurname, ' ',
     "adamczyk adams adamska aguilar ahmed albrecht alekseev alexander allen almeida alvarado "
     "alvarez alves andersen anderson andersson andre andreev andrews arata armstrong arnold "
     "axelsson azevedo babic bailey baker balogh barbieri barbosa barnes bauer baumann beck "
     "becker bell benes bengtsson bennett berg berger berglund bergmann bergstrom bernard "
     "berry bianchi black blanc boehm bonnet boyd bradley brandt braun brooks brown bruno "
     "bryant burns busch butler campbell cardoso carpenter carroll carter caruso carvalho "
     "castillo castro cerny chavez chen chevalier cho choi christensen christiansen clark "
     "clement cole coleman collins colombo conti contreras cook cooper correia costa cox "
     "crawford cruz cunningham dabrowska dabrowski daniels das davis delgado deng denisov "
     "dias diaz dietrich dixon djordjevic dubois dumont duncan dunn dupont durand dvorak "
     "edwards egorov elliott ellis engel engstrom eriksson esposito evans farkas faure "
     "fedorov fekete feng ferguson fernandes fernandez ferrara ferrari ferreira fiala fischer "
     "fisher flores fontaine fontana ford forsberg foster fournier fox francois frank franke "
     "fredriksson freeman fuchs galli gallo gao garcia gardner garnier garza gauthier "
     "gavrilova gentile gibson giordano girard gomes gomez gonzales gonzalez gordon grabowski "
     "graf graham grant gray greco green griffin gross guerin guo gupta gustafsson gutierrez "
     "guzman haas hagen hahn hajek hall hamalainen hamilton hansen hansson harris harrison "
     "hart hartmann haugen hawkins hayes heikkinen heinrich henderson henriksson henry "
     "hernandez herrera herrmann hicks hill hoffman hofmann holm holmberg holmes horak horn "
     "horvat horvath howard huang huber hudson hughes hunt hunter hussain ito ivanov ivanova "
     "jackson jaeger jakobsen jakobsson jang jankowski jansson jarvinen jelinek jenkins "
     "jensen jimenez johansen johansson johnson johnston jones jonsson jordan jorgensen joshi "
     "jovanovic juhasz jung kaczmarek kaiser kaminski kang karlsson kato kawano keller kelley "
     "kelly kennedy khan kim king kiss klein knight knudsen kobayashi koch koehler korhonen "
     "koskinen kovacevic kovacs kovaleva kowalczyk kowalska kowalski kozlov kozlowski kral "
     "kraus krause krawczyk kristensen krol krueger kucera kuehn kuhn kumar kuznetsov "
     "kuznetsova kwiatkowski lahtinen laine lakatos lambert lane lang lange larsen larsson "
     "laurent lawrence lebedev lee lefebvre lefevre legrand lehmann lehtonen leone leroy "
     "lewandowski lewis liang lima lin lind lindberg lindgren lindqvist lindstrom liu "
     "lombardi long longo lopes lopez lorenz ludwig lundberg lundgren luo madsen magnusson "
     "maier makarov makela makinen mancini marek mariani maric marino markovic marques "
     "marshall martin martinelli martinez martini martins mason mathieu matthews mayer mazur "
     "mcdonald medina mehta meier mendes mendez mendoza mercier meszaros meyer michalski "
     "mikaelsen mikhailov mikkelsen miller mills mishra mitchell moeller moller molnar "
     "monteiro moore morales moreau morel moreno moretti morgan morin morozov morris "
     "mortensen moura mueller muller munoz murphy murray myers nagy nakamura nelson nemec "
     "nemeth neumann nguyen nichols nielsen nieminen nikitin nikolaev nikolic nilsson novak "
     "novikov novotny nowak nunes olah oliveira olofsson olsen olson olsson orlov ortiz otto "
     "owens palmer papp park parker patel patterson pavlov pawlowski payne pedersen pena "
     "pereira perez perkins perrin perry persson peters petersen peterson petrov petrova "
     "petrovic pettersson pfeiffer phillips pierce pinto piotrowski pohl popov porter "
     "pospisil poulsen powell price prochazka racz ramirez ramos rasmussen ray reddy reed "
     "reyes reynolds ribeiro ricci rice richards richardson richter riley rinaldi rivera "
     "rizzo roberts robertson robinson rocha rodrigues rodriguez rogers romano romero rose "
     "ross rossi roth rousseau roussel roux ruiz russell russo ruud ruzicka ryan saarinen "
     "salazar salminen sanchez sandberg sanders sandoval santoro santos sasaki sato sauer "
     "schaefer schmid schmidt schmitt schneider scholz schreiber schroeder schulz schulze "
     "schumacher schuster schwarz scott sedlak seidel semenov shah sharma shaw sidorov silva "
     "simmons simon simpson singh sjoberg smirnov smirnova smith snyder sokolov sommer song "
     "sorensen soto sousa souza spencer steffensen stein stepanov stephens stevens stewart "
     "stojanovic stone sullivan sun suzuki svenningsen svensson svoboda szabo szymanski "
     "takacs takahashi tanaka tang taylor teixeira thomas thompson thomsen torres toth tran "
     "tucker turner varga vargas vasiliev vasilyeva vasquez verma virtanen vitale vogel vogt "
     "voigt volkov wagner walker wallace wallin walter wang ward warren washington watanabe "
     "watson weaver webb weber weiss wells werner west white williams willis wilson winkler "
     "winter wisniewski wojciechowski wojcik wolf wood woods wozniak wright wu xie xu yadav "
     "yamada yamamoto yang yoon yoshida young zajac zakharov zhang zhao zheng zhou zhu "
     "ziegler zielinski zimmermann "},
    {kCountry, ' ',
     "afghanistan albania algeria andorra angola argentina armenia australia austria "
     "azerbaijan bahamas bahrain bangladesh barbados belarus belgium belize benin bhutan "
     "bolivia bosnia botswana brazil britain brunei bulgaria burundi cambodia cameroon canada "
     "chad chile china colombia congo croatia cuba cyprus czechia danmark denmark deutschland "
     "djibouti dominica ecuador egypt england eritrea espana estonia eswatini ethiopia fiji "
     "finland france gabon gambia georgia germany ghana greece greenland grenada guatemala "
     "guinea guyana haiti honduras hungary iceland india indonesia iran iraq ireland israel "
     "italia italy jamaica japan jordan kazakhstan kenya kiribati kosovo kuwait kyrgyzstan "
     "laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg madagascar "
     "malawi malaysia maldives mali malta mauritania mauritius mexico moldova monaco mongolia "
     "montenegro morocco mozambique myanmar namibia nauru nepal netherlands nicaragua niger "
     "nigeria norge norway oman pakistan palau panama paraguay peru philippines poland polska "
     "portugal qatar romania russia rwanda samoa scotland senegal serbia seychelles singapore "
     "slovakia slovenia somalia spain sudan suomi suriname sverige sweden switzerland syria "
     "taiwan tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan tuvalu "
     "uganda ukraine uruguay usa uzbekistan vanuatu venezuela vietnam wales yemen zambia "
     "zimbabwe "},
    {kCity, ' ',
     "aalborg aarhus aberdeen accra addis adelaide africa alabama alaska alberta albuquerque "
     "alexandria algiers america amman amsterdam anchorage ankara antwerp arizona arkansas "
     "asia asuncion athens atlanta auckland austin baghdad baltimore bangalore bangkok "
     "barcelona basel bath beijing beirut belfast belgrade bergen berlin bern bilbao "
     "birmingham bogota bologna bordeaux boston braga brasilia bratislava bremen brighton "
     "brisbane bristol brno bronx brooklyn bruges brussels bucharest budapest busan cairo "
     "calgary california cambridge canberra caracas cardiff casablanca charleroi chengdu "
     "chennai chicago christchurch cincinnati cleveland coimbra cologne colombo colorado "
     "connecticut copenhagen curitiba dakar dallas damascus debrecen delaware delhi denver "
     "detroit dhaka doha dresden dubai dublin durban dusseldorf edinburgh edmonton eindhoven "
     "esbjerg espoo europe faro florence florida fortaleza frankfurt fresno gdansk geneva "
     "genoa ghent glasgow goteborg gothenburg graz guangzhou gyor haifa halifax hamburg "
     "hannover hanoi havana hawaii helsingborg helsinki hobart honolulu houston hyderabad "
     "idaho illinois indiana innsbruck iowa istanbul izmir jakarta jeddah jerusalem "
     "johannesburg kansas karachi kathmandu kaunas kentucky kiev kolkata krakow kyiv kyoto "
     "lagos lahore larnaca lausanne leeds leicester leipzig leiria leuven liege lille lima "
     "limassol linkoping linz lisbon liverpool ljubljana lodz london louisiana louisville "
     "lucerne lviv lyon madrid maine malaga malmo manchester manhattan manila manitoba "
     "maribor marseille maryland massachusetts melbourne memphis miami michigan milan "
     "milwaukee minneapolis minnesota minsk miskolc mississippi missouri montana montevideo "
     "montreal moscow mumbai munich nagoya nairobi nanjing nantes naples nashville nebraska "
     "nevada newcastle nice nicosia norrkoping nottingham nuremberg oakland odense odessa "
     "ohio oklahoma omaha ontario orebro oregon orlando osaka oslo ostrava ottawa oulu oxford "
     "palermo paphos paris pecs pennsylvania perth petersburg philadelphia phoenix pittsburgh "
     "plymouth portland porto poznan prague pretoria pune quebec queens quito raleigh recife "
     "reykjavik riga riyadh rome rotterdam sacramento salvador salzburg santiago sapporo "
     "sarajevo seattle seoul seville shanghai sheffield shenzhen singapore skopje sofia "
     "southampton stavanger stockholm strasbourg stuttgart swansea sydney szeged taipei "
     "tallinn tampa tampere tartu tehran tennessee texas tianjin tokyo toronto toulouse "
     "trondheim tucson tulsa tunis turin turku uppsala utah utrecht valencia valletta "
     "vancouver vantaa vasteras venice vermont vienna vilnius warsaw wellington winnipeg "
     "wisconsin wroclaw wuhan wyoming yokohama york zagreb zurich "},
    {kNationalityWord, ' ',
     "afghan albanian algerian american americans angolan arab arabs argentine argentinian "
     "armenian asian australian australians austrian azerbaijani bangladeshi belarusian "
     "belgian belizian bolivian bosnian brazilian brazilians british bruneian bruneians "
     "buddhist buddhists bulgarian burmese cambodian cameroonian canadian canadians catholic "
     "chechen chilean chinese christian christians colombian congolese croatian cuban cypriot "
     "czech danish democrat democrats dominican dutch ecuadorian egyptian english englishman "
     "englishmen estonian ethiopian european filipino finnish french frenchman georgian "
     "german germans ghanaian greek greenlander guatemalan haitian hindu hindus hispanic "
     "honduran hungarian icelandic indian indians indonesian iranian iraqi irish israeli "
     "israelis italian italians jamaican japanese jewish jews jordanian kazakh kenyan korean "
     "kurdish laotian latino latvian lebanese libyan lithuanian macedonian malaysian maltese "
     "mexican mexicans mongolian moroccan muslim muslims namibian nepalese nicaraguan "
     "nigerian norwegian pakistani panamanian paraguayan paraguayans persian peruvian polish "
     "portuguese protestant republican republicans romanian russian russians saudi saudis "
     "scottish senegalese serbian shia shiite shiites slovak slovenian somali spanish "
     "sudanese sunni sunnis surinamese swedish swiss syrian tanzanian thai tibetan tunisian "
     "turkish ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni zambian "
     "zimbabwean "},
    {kPersonTitle, ' ',
     "dr frau herr lady lord madam madame miss mlle mme monsieur mr mrs ms prof professor "
     "senor señor señora sir sra "},
    {kCompanyEnd, ' ',
     "ab ag aps as associates bank bros bv co company consulting corp corporation foundation "
     "gmbh group holdings inc industries institute insurance kg limited llc ltd nv oy "
     "partners plc sa solutions sons spa srl systems technologies university "},
    {kStreetWord, ' ',
     "alley allée apt ave avenida avenue blvd boulevard box calle chemin circle close corso "
     "court crescent ct dr drive forge forges forks gardens grove heights highway hill hwy "
     "lane ln mews park parkway pass piazza pkwy pl place plaza quai rd ridge road route row "
     "rua rue sq square st strada stradun street suite terrace trail trida ul ulica ulice "
     "utca via viale walk way út "},
    {kMonth, ' ',
     "abril agosto août apr april aug august avril dec december dezember diciembre décembre "
     "enero feb febrero februar february février jan januar january janvier juillet juin jul "
     "juli julio july jun june juni junio mai mar march mars marzo may mayo märz nov november "
     "novembre noviembre oct october octobre octubre oktober sep sept september septembre "
     "septiembre "},
    {kWeekday, ' ',
     "fri friday mon monday sat saturday sun sunday thu thursday tue tuesday wed wednesday "},
    {kCommonWord, ' ',
     "a about according account address after again against agree all also although always am "
     "an and another answer any appear are as ask at back bank based be because been before "
     "begin believe between both break bring build but buy by call can card carry catch "
     "change chapter choose come company consider continue could cover create credit cut date "
     "day dear decide describe develop did die do does down dr draw during each eat eight "
     "either email even every example explain fall feel few figure find first five follow "
     "following for four from generate get give given go good great grow had happen has have "
     "he hear hello her here hey hi him his hit hope how however i if in include input into "
     "is it its just keep kill know last lead learn leave let lets list live lose make many "
     "may me mean meet might month more most move mr mrs ms much must my name need neither "
     "never new next nine no not note now number of off offer often ok okay old on once one "
     "only open or other our out output over own part password pay phone play please produce "
     "put question raise reach read receive remember return run same section see seem sell "
     "send serve set seven several shall she should show since sit six so some sorry speak "
     "spend stand stay step still stop such summarize support table take teach tell ten than "
     "thank thanks that the their them then there therefore these they think this those three "
     "through time to today tomorrow too translate try two under understand until up us use "
     "very want was watch we week well were what when where which while who why will win with "
     "work would write year yes yesterday you your "},
    {kCountry, '|',
     "burkina faso|cape verde|costa rica|czech republic|dominican republic|el salvador|"
     "equatorial guinea|great britain|hong kong|ivory coast|new zealand|north korea|"
     "north macedonia|northern ireland|papua new|puerto rico|san marino|saudi arabia|"
     "sierra leone|south africa|south korea|south sudan|sri lanka|united kingdom|"
     "united states|vatican city|"},
    {kCity, '|',
     "abu dhabi|british columbia|buenos aires|cape town|den haag|el paso|fort worth|ho chi|"
     "kansas city|kuala lumpur|las vegas|long beach|los angeles|mexico city|new delhi|"
     "new hampshire|new jersey|new mexico|new orleans|new south|new york|north carolina|"
     "north dakota|nova scotia|rhode island|rio de|saint petersburg|salt lake|san antonio|"
     "san diego|san francisco|san jose|sao paulo|south carolina|south dakota|st louis|"
     "tel aviv|the hague|virginia beach|west virginia|"},
};

// The words by open addressing: a word that is in no list mostly meets an empty slot, and no word
// is compared.
class Words {
 public:
  Words() : slots_(kSlots) {
    for (const NameWords& list : kLists) add(list);
    for (const NameWords& list : more_names()) add(list);
    for (const NameWords& list : organization_words()) add(list);
  }

  [[nodiscard]] unsigned bits_of(std::string_view word) const {
    const Entry& entry = entries_[slots_[slot_of(word)]];
    return entry.word == word ? entry.bits : 0;
  }

 private:
  struct Entry {
    std::string_view word;
    unsigned bits = 0;
  };
  static constexpr std::size_t kSlots = std::size_t{1} << 14U;

  [[nodiscard]] std::size_t slot_of(std::string_view word) const {
    std::uint64_t head = word.size();
    for (const char c : word.substr(0, 12)) head = head * 37 + static_cast<unsigned char>(c);
    std::size_t slot = head * 0x9e3779b97f4a7c15ULL >> 50U;
    while (slots_[slot] != 0 && entries_[slots_[slot]].word != word) slot = (slot + 1) % kSlots;
    return slot;
  }
  void add(const NameWords& list) {
    for (std::string_view rest = list.words; !rest.empty();) {
      const std::size_t end = rest.find(list.separator);
      add(rest.substr(0, end), list.bit);
      rest.remove_prefix(end + 1);
    }
  }
  void add(std::string_view word, NameList bit) {
    std::uint16_t& entry = slots_[slot_of(word)];
    if (entry == 0) {
      entry = static_cast<std::uint16_t>(entries_.size());
      entries_.push_back({word, 0});
    }
    entries_[entry].bits |= bit;
  }

  std::vector<std::uint16_t> slots_;
  std::vector<Entry> entries_ = {Entry{}};
};

}  // namespace

unsigned lists_of(std::string_view lower_case_word) {
  static const Words kWords;
  return kWords.bits_of(lower_case_word);
}

}  // namespace fettle::data::clean
