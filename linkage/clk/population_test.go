package clk

import (
	"math"
	"math/rand/v2"
	"sort"
	"strings"
)

// Common names of England and Wales, roughly by how many have them; general knowledge, not a table of anybody's.
var (
	commonSurnames = strings.Fields(`smith jones williams taylor brown davies evans wilson thomas johnson roberts robinson thompson wright walker white
		edwards hughes green hall lewis harris clarke patel jackson wood turner martin cooper hill ward morris moore clark lee king baker harrison
		morgan allen james scott phillips watson davis parker price bennett young griffiths mitchell kelly cook carter richardson bailey collins
		bell shaw murphy miller cox richards khan marshall anderson simpson ellis adams singh begum wilkinson foster chapman powell webb rogers
		gray mason ali hunt hussain campbell matthews owen palmer holmes mills barnes knight lloyd butler russell barker fisher stevens jenkins
		murray dixon harvey graham pearson ahmed fletcher walsh kaur gibson howard andrews stewart elliott reynolds saunders payne fox ford pearce
		day brooks west lawrence cole atkinson bradley spencer dawson gill burton oconnor watts rose hart perry wells francis fraser hayes shah
		grant armstrong berry burns carr hudson johnston nicholson oneill porter robertson stone warren washington woods bird black booth bryant
		burgess cunningham dean duncan ferguson freeman gardner george gordon greenwood griffin hamilton hawkins henderson hopkins hunter jordan
		kennedy lane lowe macdonald marsh may newman nelson nicholls norris obrien osborne page parsons potter read reid riley ross ryan sharp
		simmons sutton tucker wallace watkins webster welch wheeler willis austin barrett bates bishop bolton bond byrne chadwick chambers chen
		coleman curtis doyle farrell fleming frost goodwin gregory hancock hardy harding hewitt higgins hobbs holland holt humphreys hutchinson
		iqbal islam jennings kerr lamb lambert leach little long lynch mahmood mann mccarthy mclean miah mistry morton nash newton nolan oliver
		oneil parkes parry peacock perkins pope pratt preston quinn rahman reeves rhodes robson rowe sanders sharma short skinner slater stephens
		steele summers swift thornton townsend tyler vaughan vincent wade waters weston whitehead wilkins winter woodward yates akhtar`)
	commonGiven = strings.Fields(`oliver olivia george amelia muhammad isla noah ava jack emily harry ella leo mia oscar grace charlie sophia jacob lily
		thomas isabella freddie freya alfie evie theodore ivy william poppy theo charlotte archie sophie joshua florence james willow henry daisy
		alexander phoebe lucas sienna edward alice logan matilda joseph sofia ethan ruby daniel jessica max harper benjamin eva isaac scarlett
		samuel lola arthur millie sebastian erin mohammed aria dylan maisie tommy lucy adam eliza finley layla harrison chloe david rosie teddy
		imogen louis elsie reuben zara riley bella arlo aisha toby thea luca hannah zachary abigail jude maya hugo emma roman anna ryan molly
		jake elizabeth elijah ellie nathan holly mason amelie ezra georgia michael martha reggie gracie callum sarah liam aurora frankie maryam
		ronnie robyn albie beatrice jayden lottie bobby harriet stanley fatima ollie amber caleb megan connor katie kai zoe matthew orla elliot
		victoria rory heidi gabriel ayesha tyler clara kian nancy aaron iris yusuf eleanor ibrahim niamh jamie summer ali lara luke violet owen
		mila carter darcey harvey rebecca ellis penelope leon lyla syed leah frederick bonnie cameron ada seth julia felix skye`)
)

// lexicon is values and how they share a population: the r-th has a weight of (r+5)^-exponent.
type lexicon struct {
	values []string
	sums   []float64 // of weights up to and with each value
}

// newLexicon continues common names with invented ones, built of syllables, up to n.
func newLexicon(common []string, n int, exponent float64, r *rand.Rand) *lexicon {
	start := strings.Fields("b br c ch cl d dr f g gr h j k l m mc n p pr r s sh st t th tr v w wh y")
	middle := strings.Fields("a e i o u ai ea oo ar er or an en in on al el il")
	end := strings.Fields("ton ley field son man well by ham den ford worth ridge s dale combe sky ova ez ari ong ett ing ock")
	seen := map[string]bool{}
	l := &lexicon{}
	for i := 0; len(l.values) < n; i++ {
		v := ""
		if i < len(common) {
			v = common[i]
		} else {
			for range 1 + r.IntN(2) {
				v += start[r.IntN(len(start))] + middle[r.IntN(len(middle))]
			}
			v += end[r.IntN(len(end))]
		}
		if seen[v] {
			continue
		}
		seen[v] = true
		sum := 0.0
		if len(l.sums) > 0 {
			sum = l.sums[len(l.sums)-1]
		}
		l.values, l.sums = append(l.values, v), append(l.sums, sum+math.Pow(float64(len(l.values)+5), -exponent))
	}
	return l
}

func (l *lexicon) draw(r *rand.Rand) string {
	return l.values[sort.SearchFloat64s(l.sums, r.Float64()*l.sums[len(l.sums)-1])]
}

type person struct {
	names [2]string // given name and surname
	born  int       // year
}

// population draws n people under 18 of one year from the same names each time: the commonest surname has 1 in 100 of them, as in
// England and Wales; the hundred commonest have 3 in 10.
func population(n int, seed uint64) []person {
	fixed := rand.New(rand.NewPCG(7, 7))
	surnames, given := newLexicon(commonSurnames, 4_000, 0.85, fixed), newLexicon(commonGiven, 1_000, 0.85, fixed)
	r := rand.New(rand.NewPCG(seed, 1))
	people := make([]person, n)
	for i := range people {
		people[i] = person{[2]string{given.draw(r), surnames.draw(r)}, 2005 + r.IntN(18)}
	}
	return people
}
