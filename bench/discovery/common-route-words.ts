// Words that names of resources and actions are made of in APIs of many trades, written down by hand. They widen the
// lexicon beyond the development set's own words; no document was read for them.

export const commonRouteWords: readonly string[] = `
  abort accept access acknowledge acquire activate active actor add adjust advertiser affiliate agency aggregate agreement
  airport album alarm alias allocate allowance alternative amenity amount analysis announcement annotation answer apartment
  appeal append applicant application apply appointment approval approve area article artist assess assign assignee
  assignment associate association atom attach attempt attendance attendee attribute auction audience audio author
  authentication authority authorization auto availability available avatar average award bank banner barcode base basic
  basket bed beneficiary benefit best bid bill binding biography block blog body bonus book booking bookmark boost border
  bot box branch brand break brick broadcast broker browse browser build builder building bulletin business button buy
  buyer cache calculate calculation call callback cancel candidate capability capacity caption capture car cargo carrier
  case cast celebrity cell census center certificate certification chain challenge change chapter character check checklist
  child children choice cinema circuit citation city claim class classification classify clean clear click clinic clip
  clone close cloud club coach collaborator colleague collect college color combine command commerce commission commit
  committee common community company compare comparison compensation competition complaint complete compliance component
  compose compute concept condition conference configuration configure confirm confirmation connect connection connector
  console consent constant constraint construct consumer consumption container content context contest contractor
  contribution contributor control conversation conversion convert cookie coordinate copy corporate correction cost count
  counter county course court cover coverage crash create creation creative creator credential crew criteria crop cross
  crypto cube curriculum custom cycle damage data date day deal dealer debit debug decision declaration decline default
  definition delay delegate delete deliver delivery demand demo department departure dependency deploy deposit depot
  describe description design destination detach detect detection developer device diagnosis diagnostic dialog dictionary
  diff difference digest dimension directory disable disassociate discover discovery discussion disease disk dispatch
  display dispute distance distribution district division doctor documentation donation done door download downtime draw
  driver drop drug duplicate duration earning edge edit edition education effect election element eligibility email embed
  enable end endpoint energy engagement engine enroll enrollment enterprise entity entitlement environment episode equipment
  error escalation essay establishment estimate evaluate evaluation evidence exam exchange exclude execute execution
  exercise exhibition exit expense experience experiment expert expiration explore expression extend extension external
  extract face facility fact factor failure fallback family fan faq fare farm fault favorite federation fee feedback fetch
  fiction figure film finance find fingerprint firewall firmware fish fix flag flavor fleet flight floor flow fluid follow
  font food forecast forgot fork format forum forward fraud free frequency friend front fuel fulfillment full fund fuse
  gallery gap gas gene generate generator genre geo geocode geometry get gift global good grade grant graph graphic grid
  ground growth guarantee guard guardian guide hardware hash head header headline health heartbeat height help hero
  hierarchy highlight hire hit hold holder holiday home hook hospital hotel hour house household human icon idea identifier
  identity impact impersonate implement impression improve incident include income increment indicator individual industry
  info information ingest ingredient inherit init initialize initiative inline input inquiry insert insight inspect
  inspection install installation instance institute institution instruction instructor instrument insurance integration
  intent interaction interest interface internal interval interview introspect inventory invest investment investor
  involve issue itinerary job join joint journal journey jurisdiction kernel keyword kind kit knowledge lab land lane
  latest launch law lawyer layer learn lease leave lecture legal lesson letter level library life light line listing
  liquidity live load loan local locale lock logo logic login logout lookup loop loyalty machine mail mailbox main
  maintenance make manage management manager manifest manual manufacturer map mapping mark match material matrix matter
  maximum meal measure measurement mechanism media medication meeting memory mention mentor merge mesh meta mileage milestone
  minimum mining mirror mission mobile mode moderation modify moment money month mood motion mount move movie music mute
  name namespace nation native navigation nearby need neighborhood nest net news newsletter next notice notify number nurse
  object objective observation occupancy occurrence occupation offset office officer online open opening operator
  opportunity optimize option orchestrate orient origin outage outcome outlet output overlap override overview pack package
  pair panel paper paragraph parcel parent park parking parse part participant participation partition party pass passenger
  passport path patient pattern pause pay payee payer payload payout payroll peer penalty pending people percent
  performance period permission personal personnel pet pharmacy phase physician pick picture piece pin ping pixel place
  plant platform play plot plugin pod podcast point poll popular population port portal postal power practice precision
  predict prediction preference prefix premium preparation prescription presence present preset pressure preview primary
  principal print printer prior priority privacy private privilege prize probe problem procedure procurement producer
  production profession profit program progress projection prompt proof prospect protection protocol provision proxy
  public publication publish publisher pull pulse purge push quality quantity quarter question questionnaire quick quiz
  race radio random range rank ranking rate raw reach reaction read reader real rebuild receive recent recipe recipient
  recommend recommendation reconcile reconciliation recover recovery recurring redeem redirect reduce reference referral
  referee reflection region register registration regulation reject rejection related relation relationship relay release
  reload reminder remote remove rename render renew renewal rent rental reopen reorder repair repeat replace replica
  replication reply repo repository representation representative reprocess reputation requirement resend reservation reset
  resident resize resolution resolve resource respond responsibility rest restart restaurant restore restrict restriction
  resume retailer retry return revenue reverse revert revision revoke reward ride right risk road robot role rollback root
  rotate round routing row royalty run runner safety salary sale salesperson same sandbox satellite save saved scale scan
  scenario scene scholarship school science scope screen screenshot season seat secret sector secure security seed seek
  select selection self sell seller semester send sender sensor sentence sentiment sequence serial series serve set setup
  severity shape shard share shared sheet shelf shift ship shipping shop shopping short show shutdown sign signal signature
  similar simulate simulation single situation size skill skip sku slide slot snippet social society software solution
  sort sound space spam spatial speaker special species spec specification speech speed spend sponsor sport spot spread
  sprint stack staff stage stakeholder standard standing star start state statement station statistic stats step stop
  strategy street strength stress string structure student studio study style subject submission submit submitter
  subscribe subscriber subsidiary substance success suggest suggestion suite suppress supplier supply surface suspend
  swap switch symbol symptom sync synonym syntax system tab table talent talk tariff teach teacher technician technique
  technology telemetry temperature temporary term terminal terminate terms territory text theater theatre threshold
  throttle thumbnail tier time timeline timer timesheet timestamp timezone title today todo toggle tool toolbar tour
  tournament tower town trace tracker trade traffic trailer train trainer training transcript transform transit translate
  translation transport travel traveler treatment trend trending trial trip trust tune tutorial twin type unassign
  unavailable unblock undo unfollow uninstall union unique university unlike unlink unlock unpublish unread unregister
  unsubscribe upcoming update upgrade uptime upvote url utility utilization vacancy vacation validate vault vehicle
  velocity vendor venue verification verify vertex veto view viewer village virtual visa visibility visit visitor vital
  vocabulary voice void volunteer vote voter voucher vulnerability wait waitlist wallet ward warning warranty watch watcher
  water wave weather web website week weight whitelist wholesale widget width window wish wishlist withdraw withdrawal
  witness word work worker workload workplace workshop world write year zip zone`
  .trim()
  .split(/\s+/);
