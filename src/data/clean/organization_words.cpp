// Words by which organisations are known: what they are, and some that everybody knows. Put
// together for this program; names that are other words as often (Apple, Shell, Target) are left
// out.
#include "data/clean/name_words.h"

namespace fettle::data::clean {
namespace {

constexpr NameWords kOrganizations[] = {
    {kOrgNoun, ' ',
     "academy agency airlines airways alliance association authority bancorp bank banque "
     "brewery broadcasting bureau charity clinic coalition college commission committee "
     "communications company confederation conservatory consortium consulting cooperative "
     "corporation council department electronics engineering enterprises federation foods "
     "foundation fund group holdings hospital hotels industries institut institute institution "
     "insurance international investments laboratories laboratory labs league logistics "
     "manufacturing media ministry motors museum network orchestra organisation organization "
     "parliament partners partnership pharma pharmaceuticals polytechnic press publications "
     "publishers publishing railways research restaurants savings school schools securities "
     "seminary services societe society software solutions studios supermarkets syndicate "
     "systems technologies technology telecom trust union universidad universidade "
     "universitat universite universiteit university ventures works "},
    {kStreetFirst, ' ',
     "aleja av avda avenida avenue boulevard c calle camino carrera chemin corso cours estrada "
     "impasse largo passeig paseo piazza piazzale pl plaza pra\xc3\xa7"
     "a praca quai rue rua r\xc3\xba"
     "a ruelle strada travessa trg ul ulica ulice via viale vicolo "},
    {kKnownOrg, ' ',
     "accenture adidas adobe aeroflot airbnb airbus aldi alibaba allianz astrazeneca audi axa "
     "barclays basf bayer bbc bloomberg bmw boeing bosch bp cern cisco citigroup cnn comcast "
     "commerzbank costco danone deloitte dhl disney dropbox dupont ebay electrolux epa ericsson "
     "exxon exxonmobil facebook fbi fda fedex fiat fifa gazprom github glaxosmithkline google "
     "greenpeace heineken honda hsbc huawei hyundai ibm icrc ikea imf infosys instagram intel "
     "interpol kfc kpmg lenovo lego lidl linkedin lockheed lufthansa mastercard mcdonalds mckinsey "
     "mercedes-benz microsoft mit mitsubishi mozilla nasa nato nestle netflix nike nintendo nissan "
     "nokia novartis nsa nvidia oecd opec openai oracle oxfam panasonic paypal pepsico peugeot "
     "pfizer philips pinterest porsche pwc qualcomm quora reddit renault reuters roche rosneft "
     "ryanair samsung sap siemens skype snapchat sony spacex spotify starbucks tesco tesla "
     "thyssenkrupp toyota tripadvisor twitter uber ubs ucla un unesco unhcr unicef unilever usda "
     "verizon vodafone volkswagen volvo walmart whatsapp wikipedia wto xerox yahoo youtube "
     "zalando "},
    {kKnownOrg, '|',
     "air canada|air france|american express|amnesty international|associated press|"
     "banco santander|british airways|british council|burger king|coca cola|credit suisse|"
     "deutsche bahn|deutsche bank|deutsche telekom|european commission|"
     "ford motor|general electric|general motors|goldman sachs|hewlett packard|home depot|"
     "johns hopkins|jpmorgan chase|lloyds bank|marks spencer|merrill lynch|morgan stanley|"
     "national geographic|procter gamble|red crescent|red cross|rolls royce|royal mail|"
     "salvation army|scotland yard|standard chartered|supreme court|united airlines|"
     "united nations|warner bros|washington post|wells fargo|world bank|world health|"},
};

}  // namespace

std::span<const NameWords> organization_words() { return kOrganizations; }

}  // namespace fettle::data::clean
